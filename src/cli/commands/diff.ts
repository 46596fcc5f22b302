// natmap diff: from the live state to the one after apply.
import { diffRulesets, formatUnified, isUnchanged, summarize } from '../../report/unified.ts';
import { createConsole } from '../console.ts';
import { type ExitCode, exitCode } from '../exit.ts';
import type { InputOptions, LiveOptions } from '../options.ts';
import { planApply } from '../planning.ts';

export type DiffOptions = InputOptions & LiveOptions;

export async function diff(options: DiffOptions): Promise<ExitCode> {
  const console = createConsole(options);
  const { plans } = await planApply(options, console);
  const diffs = plans.map(({ before, after }) => diffRulesets(before, after));
  const changed = diffs.filter((each) => !isUnchanged(each));
  for (const each of changed) console.out(formatUnified(each, console.outStyle));
  if (!options.quiet) console.out(`${summarize(diffs)}\n`);
  return changed.length === 0 ? exitCode.done : exitCode.differs;
}
