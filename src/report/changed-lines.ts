// The lines of a diff that come and go, each with its place.
import { type PlacedLine, placedLines } from '../iptables/print.ts';
import type { Ruleset } from '../iptables/ruleset.ts';
import type { FamilyDiff } from './unified.ts';

export interface ChangedLine extends PlacedLine {
  readonly kind: 'added' | 'removed';
}

/** In the order of the diff; what goes is placed as before, what comes as after. */
export function changedLines(
  { changes }: FamilyDiff,
  before: Ruleset,
  after: Ruleset,
): ChangedLine[] {
  const [was, is] = [placedLines(before), placedLines(after)];
  let [passed, reached] = [0, 0];
  return changes.flatMap(({ kind, lines }) => {
    const [from, to] = [passed, reached];
    if (kind !== 'added') passed += lines.length;
    if (kind !== 'removed') reached += lines.length;
    if (kind === 'same') return [];
    const placed = kind === 'added' ? is.slice(to, reached) : was.slice(from, passed);
    return placed.map((line) => ({ kind, ...line }));
  });
}
