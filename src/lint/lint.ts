// Everything that is sound and still worth a look.
import type { Mapping } from '../compile/mapping.ts';
import type { Report } from '../diagnostic/diagnostic.ts';
import { reportOpenPorts } from './open-ports.ts';
import { reportShadowed } from './shadowed.ts';
import { reportShadowedSnat } from './shadowed-snat.ts';

/** @param mappings in the order of their rules, without conflicts */
export function lint(mappings: readonly Mapping[], report: Report): void {
  reportShadowed(mappings, report);
  reportShadowedSnat(mappings, report);
  reportOpenPorts(mappings, report);
}
