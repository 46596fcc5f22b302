// Commands that change the host do so one at a time.
import { join } from 'node:path';
import { clearUp, settleInterrupted } from '../apply/history.ts';
import { type ApplyKind, kindWords } from '../apply/record.ts';
import { Fault } from '../diagnostic/fault.ts';
import { takeLock } from '../host/lock.ts';
import { openStateFolder } from '../host/state-folder.ts';
import type { Console } from './console.ts';
import { exitCode, Stop } from './exit.ts';
import type { StateOptions } from './options.ts';

/**
 * Runs `act` while no other natmap of this state folder can.
 *
 * @throws Stop when another one holds the lock for too long, or the folder cannot be used
 */
export async function withLock<T>(
  { stateDir, lockTimeout }: StateOptions,
  console: Console,
  act: () => Promise<T>,
): Promise<T> {
  useFolder(() => openStateFolder(stateDir));
  const locked = await takeLock(join(stateDir, 'lock'), lockTimeout);
  if (locked.kind === 'busy') {
    const who = locked.holder === null ? '' : ` (process ${locked.holder})`;
    const message = `another natmap${who} is at work, and did not end within ${lockTimeout} s`;
    throw new Stop(exitCode.refused, message, 'try again, or wait longer with --lock-timeout');
  }
  if (locked.kind === 'failed') {
    throw new Stop(exitCode.applyFailed, `cannot lock ${stateDir}: ${locked.message}`, unchanged);
  }
  try {
    clearUp(stateDir);
    useFolder(() => tellInterrupted(stateDir, console));
    return await act();
  } finally {
    await locked.lock.release();
  }
}

const unchanged = 'nothing was changed; another folder can be named with --state-dir';

function useFolder(use: () => void): void {
  try {
    use();
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    if (process.geteuid?.() !== 0) {
      const message = `changing the live rules needs root: ${error.message}`;
      throw new Stop(exitCode.badInput, message, 'use sudo');
    }
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
