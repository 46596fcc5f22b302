// natmap diff: from the live state to the one after apply.
import { createConsole } from '../console.ts';
import { type ExitCode, exitCode } from '../exit.ts';
import type { InputOptions, LiveOptions } from '../options.ts';
import { planApply } from '../planning.ts';
import { showDiff } from '../show-diff.ts';

export type DiffOptions = InputOptions & LiveOptions;

export async function diff(options: DiffOptions): Promise<ExitCode> {
  const console = createConsole(options);
  const { plans } = await planApply(options, console);
  return showDiff(plans, options, console) ? exitCode.differs : exitCode.done;
}
