// Which network namespace this process works in. The number that the kernel gives one is unique while the
// namespace lives, and is given again after it, and again at each boot (namespaces(7)).
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { attempt, errorCode, FileFault } from './files.ts';
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

/** The name of the namespace that a process works in, or null where that cannot be read. */
export function networkOfProcess(id: string): string | null {
  try {
    return readlinkSync(`/proc/${id}/ns/net`);
  } catch {
    return null;
  }
}

/**
 * Whether these are two namespaces for certain. Of two boots nothing is known: the same namespace has
 * another number then.
 */
export function isOtherNetwork(one: NetworkNamespace, other: NetworkNamespace): boolean {
  return one.bootId === other.bootId && one.name !== other.name;
}

/**
 * Whether the namespace has certainly ended: no process is in it, and none is mounted anywhere, as
 * ip-netns(8) does. Like a boot, that took its rules along. From within a container it is unknown.
 */
export function hasEnded({ name }: NetworkNamespace): boolean {
  try {
    if (readlinkSync('/proc/self/ns/pid') !== initialPidNamespace) return false;
    const mountsSeen = new Set<string>();
    for (const id of readdirSync('/proc').filter((each) => /^\d+$/.test(each))) {
      if (isUsedBy(id, name, mountsSeen)) return false;
    }
    return true;
  } catch {
    return false;
  }
}

/** PROC_PID_INIT_INO of the kernel (include/linux/proc_ns.h): all processes are seen from there. */
const initialPidNamespace = 'pid:[4026531836]';

/** @throws when it cannot be read of a process that lives */
function isUsedBy(id: string, name: string, mountsSeen: Set<string>): boolean {
  try {
    if (readlinkSync(`/proc/${id}/ns/net`) === name) return true;
    const mounts = readlinkSync(`/proc/${id}/ns/mnt`);
    if (mountsSeen.has(mounts)) return false;
    // A mount of a namespace has its name as the root of the mount (proc(5), mountinfo).
    const isMounted = readFileSync(`/proc/${id}/mountinfo`, 'utf8').includes(` ${name} `);
    mountsSeen.add(mounts);
    return isMounted;
  } catch (error) {
    // Some sandboxes hide init, whose network is that of kthreadd, process 2.
    if (isGoneError(error) || id === '1') return false;
    throw error;
  }
}

/** The process ended meanwhile; a zombie has no namespaces any more. */
function isGoneError(error: unknown): boolean {
  return ['ENOENT', 'ESRCH', 'EINVAL'].includes(errorCode(error) ?? '');
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
