// Which network namespace this process works in. The number that the kernel gives one is unique while the
// namespace lives, and is given again after it, and anew at each boot (namespaces(7)).
import { readlinkSync } from 'node:fs';
import { attempt, FileFault } from './files.ts';
import { bootId } from './process-identity.ts';

export interface NetworkNamespace {
  /** What /proc/self/ns/net is a link to: `net:[4026531833]`. */
  readonly name: string;
  /** Which run of the machine: /proc/sys/kernel/random/boot_id. */
  readonly bootId: string;
}

/** @throws FileFault without /proc */
export function ownNetworkNamespace(): NetworkNamespace {
  requireProc();
  const path = '/proc/self/ns/net';
  return { name: attempt(path, () => readlinkSync(path)), bootId: bootId() };
}

/**
 * Whether these are two namespaces for certain. Of two boots nothing is known: the same namespace has
 * another number then.
 */
export function isOtherNetwork(one: NetworkNamespace, other: NetworkNamespace): boolean {
  return one.bootId === other.bootId && one.name !== other.name;
}

/** @throws FileFault where /proc is not mounted, as in a bare chroot */
export function requireProc(): void {
  try {
    readlinkSync('/proc/self');
  } catch {
    throw new FileFault(
      '/proc',
      'the proc file system is not mounted here, and natmap cannot identify its network without it',
      'mount -t proc proc /proc',
    );
  }
}
