// natmap apply: makes the live state the wanted one, or leaves it as it was.
import { readConfirmation } from '../../apply/confirmation.ts';
import { askToConfirm, canAsk, revertUnguarded } from '../ask.ts';
import { createConsole } from '../console.ts';
import { dryRun } from '../dry-run.ts';
import { type ExitCode, exitCode } from '../exit.ts';
import { expecting } from '../expected-digest.ts';
import { deferSignals } from '../interruption.ts';
import type { InputOptions } from '../options.ts';
import { requestFromFile } from '../plan-file.ts';
import { compileGoals } from '../planning.ts';
import { type Request, type TransactOptions, transact } from '../transact.ts';

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
