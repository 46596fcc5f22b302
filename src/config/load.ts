// All rules.d files to one rule set.
import type { Report } from '../diagnostic/diagnostic.ts';
import type { Source } from '../diagnostic/source.ts';
import { decodeFile } from './decode.ts';
import type { RuleSet } from './ruleset.ts';

/** Merges the files in the order given, which is the byte order of their names. */
export function loadRuleSet(sources: readonly Source[], report: Report): RuleSet {
  return { entries: sources.flatMap((source) => decodeFile(source, report)) };
}
