// natmap apply: makes the live state the wanted one, or leaves it as it was.

import { createConsole } from '../../app/console.ts';
import { dryRun } from '../../app/dry-run.ts';
import { type ExitCode, exitCode } from '../../app/exit.ts';
import { expecting } from '../../app/expected-digest.ts';
import type { InputOptions } from '../../app/options.ts';
import { requestFromFile } from '../../app/plan-file.ts';
import { compileGoals } from '../../app/planning.ts';
import { deferSignals } from '../../app/signals.ts';
import { type Request, type TransactOptions, transact } from '../../app/transact.ts';
import { readConfirmation } from '../../apply/confirmation.ts';
import { askToConfirm, canAsk, revertUnguarded } from '../confirm-prompt.ts';

export interface ApplyOptions extends InputOptions, TransactOptions {
  /** Seconds. */
  readonly confirm?: number;
  readonly expectDigest?: string;
  readonly dryRun?: true;
}

/** @param file a plan that `natmap plan` saved, in place of the inputs */
export async function apply(file: string | undefined, options: ApplyOptions): Promise<ExitCode> {
  const console = createConsole(options);
  const { confirm: confirmSeconds, expectDigest } = options;
  const asked: Request =
    file === undefined
      ? { kind: 'apply', goals: await compileGoals({ ...options, changesHost: true }, console) }
      : requestFromFile(file, options);
  const request = expectDigest === undefined ? asked : expecting(expectDigest, asked);
  if (options.dryRun) return dryRun(request, options, console);
  if (confirmSeconds === undefined) return transact(request, options, console);
  const code = await transact({ ...request, confirmSeconds }, options, console);
  if (code !== exitCode.done) return code;
  const confirmation = readConfirmation(options.stateDir);
  if (confirmation.kind === 'none') return code;
  if (confirmation.kind !== 'waiting') return revertUnguarded(options, console);
  console.note(
    `the previous rules are restored in ${confirmSeconds} s, unless natmap confirm keeps these`,
  );
  return canAsk() ? askToConfirm(confirmation.wait, deferSignals(), options, console) : code;
}
