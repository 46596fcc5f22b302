// Everything that is sound and still worth a look.
import type { Mapping } from '../compile/mapping.ts';
import type { Report } from '../diagnostic/diagnostic.ts';
import type { Wanted } from '../iptables/wanted.ts';
import { reportOpenPorts } from './open-admin-ports.ts';
import { natChains } from './rendered-rules.ts';
import { reportUnreachable } from './unreachable-rules.ts';

/**
 * @param mappings without conflicts
 * @param wanted the rules that they became, one item a family
 */
export function analyze(
  mappings: readonly Mapping[],
  wanted: readonly Wanted<{ readonly serves: ReadonlySet<Mapping> } | null>[],
  report: Report,
): void {
  const chains = wanted.flatMap(natChains);
  reportUnreachable(mappings, chains, report);
  reportOpenPorts(mappings, chains, report);
}
