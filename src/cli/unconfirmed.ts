// apply --confirm, from the outside: the guard is started before anything is loaded, and nothing else
// is applied until the wait is over.
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { endWait, readConfirmation, restartWait } from '../apply/confirmation.ts';
import type { ApplyOutcome } from '../apply/transaction.ts';
import { Fault } from '../diagnostic/fault.ts';
import { startGuard } from '../host/guard-process.ts';
import type { Console } from './console.ts';
import { exitCode, Stop } from './exit.ts';
import type { HostOptions, StateOptions } from './options.ts';

/** Seconds that the guard's process may take to be there. */
const patience = 10;

/** Starts the guard and waits until it is on watch. @returns why it is not, or null */
export async function armGuard(
  seconds: number,
  { stateDir, family, backend }: HostOptions & StateOptions,
): Promise<string | null> {
  const args = ['--seconds', String(seconds), '--state-dir', resolve(stateDir)];
  const host = ['--backend', backend, '--family', family];
  const reason = await startGuard(process.argv[1] ?? '', ['guard', ...args, ...host]);
  if (reason !== null) return `the guard that would go back cannot be started: ${reason}`;
  for (let waited = 0; waited < patience * 50; waited++) {
    if (readConfirmation(stateDir).kind === 'waiting') return null;
    await sleep(20);
  }
  return `the guard that would go back did not come up within ${patience} s`;
}

/** The wait begins with the new rules, and there is none without them. */
export function settleGuard(
  { kind }: ApplyOutcome,
  seconds: number,
  { stateDir }: StateOptions,
  console: Console,
): void {
  // Where going back failed, the guard may succeed.
  if (kind === 'stuck') return;
  try {
    if (kind === 'applied') restartWait(stateDir, seconds);
    else endWait(stateDir);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    console.say(`warning: the time of --confirm runs since before the apply: ${error.message}`);
  }
}

/** @throws Stop while an apply waits to be confirmed */
export function refuseWhileUnconfirmed(stateDir: string, console: Console): void {
  const confirmation = readConfirmation(stateDir);
  if (confirmation.kind === 'waiting') {
    const left = Math.max(0, Math.ceil(confirmation.secondsLeft));
    throw new Stop(
      exitCode.refused,
      `an apply waits to be confirmed, ${left} s are left`,
      'natmap confirm keeps it, natmap rollback undoes it',
    );
  }
  if (confirmation.kind === 'none') return;
  endWait(stateDir);
  console.note(`an earlier apply was never confirmed, and ${fates[confirmation.kind]}`);
}

const fates = {
  abandoned: 'its guard is gone: its rules have stayed',
  rebooted: 'the machine was started anew since',
} as const;
