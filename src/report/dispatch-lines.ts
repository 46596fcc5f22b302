// Dispatch rules in a diff: in Markdown and in summaries they are one line, as nobody reviews them one by one.
import { isDispatchRule } from '../dispatch/flatten.ts';
import type { Change } from '../plan/line-diff.ts';
import { plural } from './diagnostics.ts';
import type { FamilyDiff } from './unified.ts';

export interface RuleCounts {
  readonly added: number;
  readonly removed: number;
}

/** Whether a line of iptables-save is a rule that only leads to the chains of a dispatch tree. */
export function isDispatchLine(line: string): boolean {
  return line.startsWith('-A ') && isDispatchRule(line);
}

/** `12 dispatch rules added, 3 removed`; null when there are none. */
export function countsInWords({ added, removed }: RuleCounts, noun: string): string | null {
  if (added > 0 && removed > 0) return `${plural(added, noun)} added, ${removed} removed`;
  if (added > 0) return `${plural(added, noun)} added`;
  return removed > 0 ? `${plural(removed, noun)} removed` : null;
}

/** The diff without what comes and goes of dispatch rules and the headers of the chains that they lead to. */
export function withoutDispatch(diff: FamilyDiff): FamilyDiff {
  const lines = diff.changes.flatMap((change) => change.lines);
  const headers = new Set(
    lines.filter(isDispatchLine).map((line) => `:${/ -[gj] ([^ ]+)/.exec(line)?.[1]} -`),
  );
  const isShown = (line: string) => !isDispatchLine(line) && !headers.has(line);
  const changes = diff.changes.flatMap((change): Change[] => {
    if (change.kind === 'same') return [change];
    const shown = change.lines.filter(isShown);
    return shown.length === 0 ? [] : [{ ...change, lines: shown }];
  });
  return { ...diff, changes };
}
