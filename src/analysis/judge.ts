// Mappings to rules that go together: what forwards connections apart is an error, and a request of a label gives
// way.
import { isForward, type Mapping } from '../compile/mapping.ts';
import type { Diagnostic, Report } from '../diagnostic/diagnostic.ts';
import type { Snapshot } from '../docker/snapshot.ts';
import type { Wanted } from '../iptables/wanted.ts';
import type { Mark } from '../net/mark.ts';
import { reportMissingMark } from './accept-mark.ts';
import { findConflicts, reportConflicts } from './conflicts.ts';
import { labelConflicts, requestKey } from './label-conflicts.ts';
import { reportPublished } from './published-ports.ts';
import { natChains } from './rendered-rules.ts';
import { reportSnatConflicts } from './snat-conflicts.ts';

/** What decides beside the rules. */
export interface Given {
  /** Null when none was given. */
  readonly snapshot: Snapshot | null;
  /** What the rules say that Docker's `bridge-accept-fwmark` is, or null. */
  readonly acceptMark: Mark | null;
}

export interface Judged<O> {
  /** Those that are kept. */
  readonly mappings: readonly Mapping[];
  /** Their rules, one item a family. */
  readonly wanted: readonly Wanted<O>[];
}

/**
 * @param render gives the rules of mappings; it is asked again where a label has given way
 */
export function judgeMappings<O extends { readonly serves: ReadonlySet<Mapping> } | null>(
  mappings: readonly Mapping[],
  given: Given,
  render: (mappings: readonly Mapping[], report: Report) => readonly Wanted<O>[],
  report: Report,
): Judged<O> {
  const printed: Diagnostic[] = [];
  const wanted = render(mappings, (each) => void printed.push(each));
  const chains = wanted.flatMap(natChains);
  const conflicts = findConflicts(mappings, chains);
  const dropped = labelConflicts(conflicts, report);
  if (dropped.size > 0) {
    // A pair may hide another one, so those that are left are judged again.
    const kept = mappings.filter((each) => !isForward(each) || !dropped.has(requestKey(each)));
    return judgeMappings(kept, given, render, report);
  }
  reportSnatConflicts(chains, report);
  reportConflicts(conflicts, report);
  const { snapshot, acceptMark } = given;
  if (snapshot !== null) {
    reportPublished(mappings, chains, snapshot, report);
    if (acceptMark === null) reportMissingMark(mappings, snapshot, report);
  }
  for (const each of printed) report(each);
  return { mappings, wanted };
}
