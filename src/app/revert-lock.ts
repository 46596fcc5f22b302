// The lock for the guard's revert. It waits for others, but not for ever for the apply that it belongs to.
import type { Lock } from '../host/lock.ts';
import { networkLockHolders, takeNetworkLock } from '../host/network-lock.ts';
import { isStopped, kill, type ProcessIdentity } from '../host/process-identity.ts';
import type { Console } from './console.ts';

/** Seconds of one wait for the lock; in between the guard looks whether it is still needed. */
export const lockTimeout = 1;

/** How often the lock may fail, for another reason than that it is taken, before the guard does without. */
const mostFailures = 5;

/** Seconds over its time after which an apply that still has the lock hangs. Slow disks take less. */
const mostDelay = 60;

let failures = 0;

/**
 * @param apply the one that the guard is for
 * @param secondsLate how long its time is over
 */
export async function lockForRevert(
  apply: ProcessIdentity,
  secondsLate: number,
  console: Console,
): Promise<Lock | 'busy' | 'none'> {
  let locked = await tryToLock(0);
  if (locked === 'busy') {
    endApply(apply, secondsLate, console);
    locked = await tryToLock(lockTimeout);
  }
  if (typeof locked !== 'string' || locked === 'busy') return locked;
  console.say(`error: ${locked}`);
  failures += 1;
  return failures < mostFailures ? 'busy' : 'none';
}

async function tryToLock(seconds: number): Promise<Lock | string> {
  try {
    const locked = await takeNetworkLock(seconds);
    if (locked.kind === 'held') return locked.lock;
    return locked.kind === 'busy' ? 'busy' : locked.message;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Anyone else who has the lock is waited for: it is another natmap, and not the guard's to end. */
function endApply(apply: ProcessIdentity, secondsLate: number, console: Console): void {
  const holders = networkLockHolders(apply);
  const isStuck = secondsLate > mostDelay || holders.some(orFalse(isStopped));
  if (!isStuck || !holders.includes(apply)) return;
  console.say(
    `the apply (process ${apply.pid}) is stopped or hangs, and holds the lock: ending it`,
  );
  // The apply first, so that it cannot take the end of its programs for a failure of theirs.
  for (const each of [apply, ...holders.filter((holder) => holder !== apply)]) kill(each);
}

function orFalse(ask: (identity: ProcessIdentity) => boolean) {
  return (identity: ProcessIdentity) => {
    try {
      return ask(identity);
    } catch {
      return false;
    }
  };
}
