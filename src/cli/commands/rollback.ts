// natmap rollback: back to the state before the last apply, or the Nth last, as an apply of its own.
import { endWait } from '../../apply/confirmation.ts';
import type { Plan } from '../../plan/plan.ts';
import { type Console, createConsole } from '../console.ts';
import { type ExitCode, exitCode } from '../exit.ts';
import { openHost } from '../lives.ts';
import { withLock } from '../locked.ts';
import { rollbackGoals } from '../rollback-goals.ts';
import { showDiff } from '../show-diff.ts';
import { type TransactOptions, transactLocked } from '../transact.ts';

export async function rollback(back: number, options: TransactOptions): Promise<ExitCode> {
  const console = createConsole(options);
  return withLock(options, console, async () => {
    const goals = rollbackGoals(options.stateDir, back);
    const host = await openHost(options, console, goals.backends);
    const review = (plans: readonly Plan[]) => show(plans, options, console);
    const code = await transactLocked({ kind: 'rollback', goals, review }, host, options, console);
    // An apply that waits to be confirmed is decided on by this; where it failed, the guard is needed.
    if (code === exitCode.done) endWait(options.stateDir);
    return code;
  });
}

function show(plans: readonly Plan[], options: TransactOptions, console: Console): null {
  // The summary comes with the outcome.
  showDiff({ plans, wanted: [] }, { ...options, quiet: true }, console);
  return null;
}
