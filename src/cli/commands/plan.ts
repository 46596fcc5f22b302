// natmap plan: shows what apply would change, and saves it for `natmap apply FILE`.
import { createConsole } from '../../app/console.ts';
import { type ExitCode, exitCode } from '../../app/exit.ts';
import type { InputOptions, LiveOptions } from '../../app/options.ts';
import { writePlanFile } from '../../app/plan-file.ts';
import { planApply } from '../../app/planning.ts';
import { showDiff } from '../../app/show-diff.ts';
import { warnOfTakeOver } from '../../app/take-over.ts';

export interface PlanOptions extends InputOptions, LiveOptions {
  readonly output: string;
}

export async function plan(options: PlanOptions): Promise<ExitCode> {
  const console = createConsole(options);
  const planned = await planApply(options, console);
  warnOfTakeOver(planned.plans, console);
  showDiff(planned, options, console);
  const path = writePlanFile(options.output, planned);
  console.note(`wrote ${path}; natmap apply ${path} does exactly this, or refuses`);
  return exitCode.done;
}
