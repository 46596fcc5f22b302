// natmap guard, hidden: watches over an apply that waits to be confirmed, and goes back when the time
// is over. `apply --confirm` starts it.
import { setTimeout as sleep } from 'node:timers/promises';
import { arm, endWait, readConfirmation } from '../../apply/confirmation.ts';
import { createConsole } from '../console.ts';
import { type ExitCode, exitCode } from '../exit.ts';
import { openHost } from '../lives.ts';
import { withLock } from '../locked.ts';
import type { HostOptions, StateOptions } from '../options.ts';
import { rollbackGoals } from '../rollback-goals.ts';
import { type Request, transactLocked } from '../transact.ts';

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
  arm(stateDir, options.seconds);
  for (;;) {
    const confirmation = readConfirmation(stateDir);
    if (confirmation.kind !== 'waiting') return exitCode.done;
    const isOver = confirmation.secondsLeft <= 0;
    if (isOver && (await goBack({ ...options, lockTimeout }))) return exitCode.done;
    await sleep(isOver ? pause : interval);
  }
}

/** @returns false when the wait began anew while we waited for the lock, or going back failed */
async function goBack(options: GuardOptions & StateOptions): Promise<boolean> {
  const quiet = { ...options, color: 'never', quiet: true } as const;
  const console = createConsole(quiet);
  return withLock(options, console, async () => {
    const confirmation = readConfirmation(options.stateDir);
    if (confirmation.kind !== 'waiting' || confirmation.secondsLeft > 0) return false;
    // For the journal, where the guard is a unit.
    console.say('nobody confirmed in time: the rules from before come back');
    const host = await openHost(options);
    const goals = rollbackGoals(options.stateDir, 1, host.variant);
    const request: Request = {
      kind: 'unconfirmed',
      goals,
      interruption: () => null,
      // These rules were live before; nothing but the kernel itself may stand in their way.
      tryOut: async () => ({ kind: 'tested', reason: 'the rules were live before' }),
    };
    const code = await transactLocked(request, host, quiet, console);
    if (code === exitCode.done) endWait(options.stateDir);
    return code === exitCode.done;
  });
}
