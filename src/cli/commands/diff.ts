// natmap diff: from the live state to the one after apply.

import { createConsole } from '../../app/console.ts';
import { type ExitCode, exitCode } from '../../app/exit.ts';
import type { DiffFormat, InputOptions, LiveOptions } from '../../app/options.ts';
import { planApply } from '../../app/planning.ts';
import { reportDiff, showDiff, type TextOptions } from '../../app/show-diff.ts';
import { warnOfTakeOver } from '../../app/take-over.ts';
import { printPayload } from '../../plan/payload.ts';
import type { Plan } from '../../plan/plan.ts';
import { diffJson } from '../../report/diff-json.ts';
import { diffMarkdown } from '../../report/diff-markdown.ts';
import { isUnchanged } from '../../report/unified.ts';

export interface DiffOptions extends InputOptions, LiveOptions, TextOptions {
  readonly format: DiffFormat;
  readonly payload?: true;
  readonly maxBytes: number;
}

export async function diff(options: DiffOptions): Promise<ExitCode> {
  const console = createConsole(options);
  const planned = await planApply(options, console);
  warnOfTakeOver(planned.plans, console);
  if (options.payload) {
    console.out(printPayloads(planned.plans));
    return codeOf(planned.plans.some(({ edits }) => edits.length > 0));
  }
  if (options.format === 'text') return codeOf(showDiff(planned, options, console));
  const report = reportDiff(planned, console);
  const isJson = options.format === 'json';
  console.out(isJson ? diffJson(report) : diffMarkdown(report, options.maxBytes));
  return codeOf(!report.families.every((family) => isUnchanged(family.diff)));
}

/** A comment says the family, where there are two. */
function printPayloads(plans: readonly Plan[]): string {
  const title = ({ before }: Plan) => (plans.length > 1 ? `# ${before.family}\n` : '');
  return plans.map((plan) => `${title(plan)}${printPayload(plan.edits)}`).join('');
}

function codeOf(isChanged: boolean): ExitCode {
  return isChanged ? exitCode.differs : exitCode.done;
}
