// natmap rollback: back to the state before the last apply, or the Nth last, as an apply of its own.

import { waitsElsewhere } from '../../app/confirm-guard.ts';
import { type Console, createConsole } from '../../app/console.ts';
import { type ExitCode, exitCode } from '../../app/exit.ts';
import { openHost } from '../../app/live-rules.ts';
import { rollbackGoals } from '../../app/rollback-goals.ts';
import { showDiff } from '../../app/show-diff.ts';
import { type TransactOptions, transactLocked } from '../../app/transact.ts';
import { withLock } from '../../app/with-lock.ts';
import { decide, readConfirmation } from '../../apply/confirmation.ts';
import { Fault } from '../../diagnostic/fault.ts';
import type { Plan } from '../../plan/plan.ts';

export async function rollback(back: number, options: TransactOptions): Promise<ExitCode> {
  const console = createConsole(options);
  const { code, tell } = await withLock(options, console, async (lock) => {
    const waiting = waitToEnd(options, console);
    const goals = rollbackGoals(options.stateDir, back);
    const host = await openHost(options, console, goals.backends);
    const review = (plans: readonly Plan[]) => show(plans, options, console);
    const ended = await transactLocked(
      { kind: 'rollback', goals, review },
      host,
      lock,
      options,
      console,
    );
    // An apply that waits to be confirmed is decided on by this; where it failed, the guard is needed.
    if (ended.code === exitCode.done && waiting !== null) endWait(waiting, options, console);
    return ended;
  });
  tell();
  return code;
}

/**
 * The name of the wait that this rollback ends.
 *
 * @throws Stop when that is none of this network namespace
 */
function waitToEnd({ stateDir }: TransactOptions, console: Console): string | null {
  try {
    const confirmation = readConfirmation(stateDir);
    if (confirmation.kind === 'elsewhere') throw waitsElsewhere(confirmation.wait);
    return 'wait' in confirmation ? confirmation.wait.id : null;
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    console.say(`warning: whether an apply is awaiting confirmation is unknown: ${error.message}`);
    return null;
  }
}

/** A guard that is not ended restores, at its deadline, the state before the apply that it is for. */
function endWait(id: string, { stateDir }: TransactOptions, console: Console): void {
  try {
    decide(stateDir, id, { kind: 'rolled back' });
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    console.say(`warning: the guard of the unconfirmed apply is still on watch: ${error.message}`);
  }
}

function show(plans: readonly Plan[], options: TransactOptions, console: Console): null {
  // The summary comes with the outcome.
  showDiff({ plans, wanted: [] }, { ...options, quiet: true }, console);
  return null;
}
