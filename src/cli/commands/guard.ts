// natmap guard, hidden: watches over an apply that waits to be confirmed, and goes back when the time
// is over. `apply --confirm` starts it.
import { setTimeout as sleep } from 'node:timers/promises';
import { arm, endWait, readConfirmation } from '../../apply/confirmation.ts';
import { forgiving } from '../../apply/forgiving-journal.ts';
import { numberUnderWay } from '../../apply/history.ts';
import { type Console, createConsole } from '../console.ts';
import { type ExitCode, exitCode } from '../exit.ts';
import { openHost } from '../lives.ts';
import { withLock } from '../locked.ts';
import type { HostOptions, StateOptions } from '../options.ts';
import { goalsBeforeApply, type RecordedGoals } from '../rollback-goals.ts';
import { type Request, type TransactOptions, transactLocked } from '../transact.ts';

export interface GuardOptions extends HostOptions, Pick<StateOptions, 'stateDir'> {
  readonly seconds: number;
}

/** Milliseconds between two looks at whether somebody confirmed. */
const interval = 200;

/** Milliseconds before going back is tried again. */
const pause = 1000;

/** Another natmap may hold the lock for as long as the kernel takes; the guard does not give up. */
const lockTimeout = 86_400;

export async function guard(options: GuardOptions): Promise<ExitCode> {
  // What ends the terminal and its session must not end us; nothing but SIGKILL can.
  for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM', 'SIGPIPE'] as const) {
    process.on(signal, () => undefined);
  }
  const { stateDir } = options;
  const apply = numberUnderWay(stateDir);
  // It came up too late: who started it has given the apply up.
  if (apply === null) return exitCode.done;
  arm(stateDir, apply, options.seconds);
  for (;;) {
    const confirmation = readConfirmation(stateDir);
    if (confirmation.kind !== 'waiting' || confirmation.apply !== apply) return exitCode.done;
    const isOver = confirmation.secondsLeft <= 0;
    if (isOver && (await tryToGoBack(apply, { ...options, lockTimeout }))) return exitCode.done;
    await sleep(isOver ? pause : interval);
  }
}

/** Nothing that is in the way now has to be so the next time: whatever it is, the guard stays. */
async function tryToGoBack(apply: number, options: GuardOptions & StateOptions): Promise<boolean> {
  const quiet = { ...options, color: 'never', quiet: true } as const;
  const console = createConsole(quiet);
  try {
    return await withLock(options, console, () => goBack(apply, quiet, console));
  } catch (error) {
    console.say(`error: ${error instanceof Error ? error.message : error}`);
    return false;
  }
}

/** @returns false when the wait began anew while we waited for the lock, or going back failed */
async function goBack(apply: number, options: TransactOptions, console: Console): Promise<boolean> {
  const { stateDir } = options;
  const confirmation = readConfirmation(stateDir);
  if (confirmation.kind !== 'waiting' || confirmation.secondsLeft > 0) return false;
  // For the journal, where the guard is a unit.
  console.say('nobody confirmed in time: the rules from before come back');
  const goals = goalsBeforeApply(stateDir, apply);
  const code = goals === null ? exitCode.done : await undo(goals, options, console);
  if (code === exitCode.done) endWait(stateDir);
  return code === exitCode.done;
}

async function undo(
  goals: RecordedGoals,
  options: TransactOptions,
  console: Console,
): Promise<ExitCode> {
  const host = await openHost(options, console, goals.backends);
  const request: Request = {
    kind: 'unconfirmed',
    goals,
    interruption: () => null,
    // These rules were live before; nothing but the kernel itself may stand in their way.
    tryOut: async () => ({ kind: 'tested', reason: 'the rules were live before' }),
    record: forgiving,
  };
  return transactLocked(request, host, options, console);
}
