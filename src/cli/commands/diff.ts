// natmap diff: from the live state to the one after apply.
import { printPayload } from '../../plan/payload.ts';
import type { Plan } from '../../plan/plan.ts';
import { type Console, createConsole } from '../console.ts';
import { type ExitCode, exitCode } from '../exit.ts';
import type { InputOptions, LiveOptions } from '../options.ts';
import { planApply } from '../planning.ts';
import { showDiff } from '../show-diff.ts';

export interface DiffOptions extends InputOptions, LiveOptions {
  readonly payload?: true;
}

export async function diff(options: DiffOptions): Promise<ExitCode> {
  const console = createConsole(options);
  const { plans } = await planApply(options, console);
  const isChanged = options.payload
    ? showPayloads(plans, console)
    : showDiff(plans, options, console);
  return isChanged ? exitCode.differs : exitCode.done;
}

/** A comment says the family, where there are two. */
function showPayloads(plans: readonly Plan[], console: Console): boolean {
  for (const { before, edits } of plans) {
    const title = plans.length > 1 ? `# ${before.family}\n` : '';
    console.out(`${title}${printPayload(edits)}`);
  }
  return plans.some(({ edits }) => edits.length > 0);
}
