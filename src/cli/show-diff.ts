// What plans change, as `diff` and `plan` show it.
import type { Plan } from '../plan/plan.ts';
import { diffRulesets, formatUnified, isUnchanged, summarize } from '../report/unified.ts';
import type { Console } from './console.ts';
import type { OutputOptions } from './options.ts';

/** @returns whether anything changes */
export function showDiff(
  plans: readonly Plan[],
  { quiet }: OutputOptions,
  console: Console,
): boolean {
  const diffs = plans.map(({ before, after }) => diffRulesets(before, after));
  const changed = diffs.filter((each) => !isUnchanged(each));
  for (const each of changed) console.out(formatUnified(each, console.outStyle));
  if (!quiet) console.out(`${summarize(diffs)}\n`);
  return changed.length > 0;
}
