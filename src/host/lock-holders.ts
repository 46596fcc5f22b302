// Who has a lock: every process in which the very open file is open that has it (lock.ts). A process that
// only waits for the lock has opened the file by itself, and no lock is listed with that.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { identify, livenessOf, type ProcessIdentity, parentOf } from './process-identity.ts';

/**
 * The process, if it has the lock, and those that it has started and that have inherited the lock. None
 * when the process has ended.
 *
 * @param target what /proc/PID/fd has for the file: its path, or `net:[4026531833]`
 */
export function holdersBelow(top: ProcessIdentity, target: string): readonly ProcessIdentity[] {
  if (orNull(() => livenessOf(top)) !== 'alive') return [];
  const holders = runningIds().filter((pid) => isBelow(pid, top.pid) && hasLock(pid, target));
  return holders.flatMap((pid) => {
    const identity = pid === top.pid ? top : orNull(() => identify(pid));
    return identity === null ? [] : [identity];
  });
}

function runningIds(): readonly number[] {
  return (orNull(() => readdirSync('/proc')) ?? [])
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

function isBelow(pid: number, top: number): boolean {
  for (let at = pid; at > 1; at = orNull(() => parentOf(at)) ?? 0) if (at === top) return true;
  return false;
}

/** The locks of an open file are in /proc/PID/fdinfo (proc_pid_fdinfo(5)). */
function hasLock(pid: number, target: string): boolean {
  const [files, infos] = [`/proc/${pid}/fd`, `/proc/${pid}/fdinfo`];
  return (orNull(() => readdirSync(files)) ?? []).some(
    (fd) =>
      orNull(() => readlinkSync(`${files}/${fd}`)) === target &&
      /^lock:.* FLOCK /m.test(orNull(() => readFileSync(`${infos}/${fd}`, 'utf8')) ?? ''),
  );
}

/** Null where it cannot be read: the process ended meanwhile. */
function orNull<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}
