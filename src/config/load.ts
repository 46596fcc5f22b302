// All rules.d files to one rule set.
import type { Report } from '../diagnostic/diagnostic.ts';
import type { Located, Source } from '../diagnostic/source.ts';
import { formatMark, type Mark, sameMark } from '../net/mark.ts';
import { decodeFile } from './decode.ts';
import type { RuleSet } from './ruleset.ts';

/** Merges the files in the order given, which is the byte order of their names. */
export function loadRuleSet(sources: readonly Source[], report: Report): RuleSet {
  const files = sources.map((source) => decodeFile(source, report));
  return {
    entries: files.flatMap(({ entries }) => entries),
    acceptMark: oneMark(
      files.flatMap(({ acceptMark }) => acceptMark ?? []),
      report,
    ),
  };
}

function oneMark(
  [first, ...others]: readonly Located<Mark>[],
  report: Report,
): Located<Mark> | null {
  if (first === undefined) return null;
  for (const { value, at } of others) {
    if (sameMark(value, first.value)) continue;
    report({
      code: 'conflicting-setting',
      severity: 'error',
      message: `accept_mark is ${formatMark(value)} here and ${formatMark(first.value)} in another file`,
      at,
      related: [{ message: 'the other one', at: first.at }],
    });
  }
  return first;
}
