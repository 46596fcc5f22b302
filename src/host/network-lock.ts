// The lock of a network namespace, whatever the state folder: two natmaps of one network never work at once.
// The programs that natmap starts inherit it, so that one which outlives natmap still keeps others out.
import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { attempt, errorCode, FileFault } from './files.ts';
import { type Lock, type Locked, takeLock } from './lock.ts';
import { holdersBelow } from './lock-holders.ts';
import { ownNetworkNamespace } from './network-namespace.ts';
import type { ProcessIdentity } from './process-identity.ts';

/** Only root can open what is in it: a lock that every user could take would let him stop natmap. */
const folder = '/run/natmap';

let held: Lock | null = null;

/** The descriptors that every program of iptables is started with. */
export function inheritedDescriptors(): readonly number[] {
  return held === null ? [] : [held.descriptor];
}

/** Releases the lock, if it is held here. */
export function releaseNetworkLock(): void {
  held?.release();
  held = null;
}

/**
 * Takes the lock of this network namespace, waiting at most so many seconds.
 *
 * @throws FileFault without /proc
 */
export async function takeNetworkLock(timeoutSeconds: number): Promise<Locked> {
  const path = fileOfNetwork('lock');
  const locked =
    path === null
      ? await takeLock('/proc/self/ns/net', timeoutSeconds, { make: false })
      : await takeLock(path, timeoutSeconds, { make: true });
  if (locked.kind !== 'held') return locked;
  const { lock } = locked;
  held = lock;
  const release = () => {
    if (held === lock) held = null;
    lock.release();
  };
  return { kind: 'held', lock: { ...lock, release } };
}

/** The process, if it has the lock of this network namespace, and what it started with it. Never throws. */
export function networkLockHolders(top: ProcessIdentity): readonly ProcessIdentity[] {
  try {
    return holdersBelow(top, fileOfNetwork('lock') ?? ownNetworkNamespace().name);
  } catch {
    return [];
  }
}

/**
 * A file of this network namespace, which all natmaps of it know; null where there is no /run to write to.
 *
 * @throws FileFault without /proc
 */
export function fileOfNetwork(ending: 'lock' | 'guard'): string | null {
  const { name } = ownNetworkNamespace();
  return isFolderOurs() ? join(folder, `${name.replace(/\W+/g, '-')}${ending}`) : null;
}

/**
 * False where there is no /run to write to, as in a user namespace: the file of the namespace itself is
 * locked there, which needs no right but to see it.
 */
function isFolderOurs(): boolean {
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    if (['ENOENT', 'EACCES', 'EPERM', 'EROFS', 'ENOTDIR'].includes(errorCode(error))) return false;
    if (errorCode(error) !== 'EEXIST') throw new FileFault(folder, String(error));
  }
  const { uid, mode } = attempt(folder, () => statSync(folder));
  return uid === process.geteuid?.() && (mode & 0o022) === 0;
}
