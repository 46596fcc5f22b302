// natmap apply: makes the live state the wanted one, or leaves it as it was.
import { readConfirmation } from '../../apply/confirmation.ts';
import { askToConfirm, canAsk } from '../ask.ts';
import { createConsole } from '../console.ts';
import { type ExitCode, exitCode } from '../exit.ts';
import { deferSignals } from '../interruption.ts';
import type { InputOptions } from '../options.ts';
import { compileGoals } from '../planning.ts';
import { type TransactOptions, transact } from '../transact.ts';

export interface ApplyOptions extends InputOptions, TransactOptions {
  /** Seconds. */
  readonly confirm?: number;
}

export async function apply(options: ApplyOptions): Promise<ExitCode> {
  const console = createConsole(options);
  const goals = await compileGoals(options, console);
  const { confirm: confirmSeconds } = options;
  const request = { kind: 'apply', goals } as const;
  if (confirmSeconds === undefined) return transact(request, options, console);
  const code = await transact({ ...request, confirmSeconds }, options, console);
  if (code !== exitCode.done || readConfirmation(options.stateDir).kind !== 'waiting') return code;
  console.note(
    `the rules from before come back in ${confirmSeconds} s, unless natmap confirm keeps these`,
  );
  return canAsk() ? askToConfirm(deferSignals(), options, console) : code;
}
