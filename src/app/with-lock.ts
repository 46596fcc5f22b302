// Commands that change the host do so one at a time.
import { join } from 'node:path';
import { guardOfAnotherFolder } from '../apply/guard-notice.ts';
import { clearUp, settleInterrupted } from '../apply/history.ts';
import { type ApplyKind, kindWords } from '../apply/record.ts';
import { Fault } from '../diagnostic/fault.ts';
import { visible } from '../diagnostic/visible.ts';
import { type Lock, type Locked, takeLock } from '../host/lock.ts';
import { takeNetworkLock } from '../host/network-lock.ts';
import { openStateFolder } from '../host/state-folder.ts';
import type { Console } from './console.ts';
import { exitCode, Stop } from './exit.ts';
import type { StateOptions } from './options.ts';

/**
 * Runs `act` while no other natmap of this network namespace, and none of this state folder, can.
 *
 * @throws Stop when another one holds the lock for too long, or the folder cannot be used
 */
export async function withLock<T>(
  { stateDir, lockTimeout }: StateOptions,
  console: Console,
  act: (lock: Lock) => Promise<T>,
): Promise<T> {
  useFolder(() => openStateFolder(stateDir));
  const end = performance.now() + lockTimeout * 1000;
  // Always in this order, so that no two wait for each other.
  const network = await lockOrStop(() => takeNetworkLock(lockTimeout), lockTimeout);
  try {
    const left = Math.max(0, end - performance.now()) / 1000;
    const path = join(stateDir, 'lock');
    const folder = await lockOrStop(() => takeLock(path, left, { make: true }), lockTimeout);
    try {
      refuseBesideGuard(stateDir);
      clearUp(stateDir);
      useFolder(() => tellInterrupted(stateDir, console));
      return await act(network);
    } finally {
      folder.release();
    }
  } finally {
    network.release();
  }
}

/** @throws Stop while a guard that this state folder knows nothing of may revert what is done now */
function refuseBesideGuard(stateDir: string): void {
  const other = guardOfAnotherFolder(stateDir);
  if (other === null) return;
  throw new Stop(
    exitCode.refused,
    `an apply with another state folder is awaiting confirmation: ${visible(other.stateFolder)}`,
    `natmap confirm keeps it, natmap rollback undoes it; both with --state-dir ${visible(other.stateFolder)}`,
  );
}

async function lockOrStop(take: () => Promise<Locked>, lockTimeout: number): Promise<Lock> {
  const locked = await take();
  switch (locked.kind) {
    case 'held':
      return locked.lock;
    case 'busy':
      throw new Stop(
        exitCode.refused,
        `could not acquire the lock within ${lockTimeout} s: held by ${nameHolder(locked.holder)}`,
        'try again, or wait longer with --lock-timeout',
      );
    case 'failed':
      if (process.geteuid?.() !== 0) throw needsRoot(locked.message);
      throw new Stop(exitCode.applyFailed, `cannot lock: ${locked.message}`, 'nothing was changed');
  }
}

function nameHolder(pid: number | null): string {
  return pid === null ? 'another natmap' : `process ${pid}, or a program that it started`;
}

function needsRoot(reason: string): Stop {
  return new Stop(exitCode.badInput, `changing the live rules needs root: ${reason}`, 'use sudo');
}

const unchanged = 'nothing was changed; another folder can be named with --state-dir';

function useFolder(use: () => void): void {
  try {
    use();
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    if (process.geteuid?.() !== 0) throw needsRoot(error.message);
    throw new Stop(
      exitCode.applyFailed,
      `cannot use the state folder: ${error.message}`,
      unchanged,
    );
  }
}

function tellInterrupted(stateDir: string, console: Console): void {
  const entry = settleInterrupted(stateDir);
  if (entry === null) return;
  if ('problem' in entry) {
    console.note(
      `apply ${entry.number} was interrupted; its record cannot be read: ${entry.problem}`,
    );
    return;
  }
  const { number, record } = entry;
  console.note(
    `the ${kindWords[record.kind]} of ${record.at} (number ${number}) was interrupted; ${remedies[record.kind]}`,
  );
}

const remedies: Readonly<Record<ApplyKind, string>> = {
  apply: 'natmap rollback would undo it',
  flush: 'natmap rollback would undo it',
  rollback: 'natmap rollback, run as it was then, completes it',
  unconfirmed: 'natmap rollback completes it',
};
