// One natmap at a time: flock(2) on a file that is open here. The lock belongs to the open file and not to
// a process, so flock(1), which takes it for us, may end; and a program that inherits the descriptor keeps
// the lock for as long as it lives, also when natmap is killed.
import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  openSync,
  readFileSync,
  statSync,
  writeSync,
} from 'node:fs';
import { errorCode } from './files.ts';
import { errorWords, startChild } from './start-child.ts';

export interface Lock {
  readonly descriptor: number;
  /** Whether the lock still excludes others: its file may have been removed or replaced. */
  isHeld(): boolean;
  /** Another natmap can have it once no program that inherited it is alive. */
  release(): void;
}

export type Locked =
  | { readonly kind: 'held'; readonly lock: Lock }
  /** Another one held it for all of the time. `holder` is the id of the natmap that took it, if known. */
  | { readonly kind: 'busy'; readonly holder: number | null }
  | { readonly kind: 'failed'; readonly message: string };

type Taken = 'held' | 'busy' | { readonly message: string };

/** The shortest wait in milliseconds that is worth a program of its own. */
const leastWait = 20;

/**
 * Takes the lock on the file, waiting at most so many seconds.
 *
 * @param make makes the file when it is missing; without it, the file is only read
 */
export async function takeLock(
  path: string,
  timeoutSeconds: number,
  { make }: { readonly make: boolean },
): Promise<Locked> {
  const end = performance.now() + timeoutSeconds * 1000;
  for (;;) {
    const opened = open(path, make);
    if (typeof opened !== 'number') return { kind: 'failed', message: opened.message };
    const taken = await lockWithin(opened, end);
    if (taken === 'held' && isFileAt(path, opened)) {
      if (make) writeHolder(opened);
      return { kind: 'held', lock: lockOn(path, opened) };
    }
    closeSync(opened);
    if (taken === 'busy') return { kind: 'busy', holder: readHolder(path) };
    if (taken !== 'held') return { kind: 'failed', message: taken.message };
  }
}

function lockOn(path: string, descriptor: number): Lock {
  let isOpen = true;
  return {
    descriptor,
    isHeld: () => isOpen && isFileAt(path, descriptor),
    release: () => {
      if (isOpen) closeSync(descriptor);
      isOpen = false;
    },
  };
}

function open(path: string, make: boolean): number | { readonly message: string } {
  const { O_RDWR, O_CREAT, O_NOFOLLOW, O_RDONLY } = constants;
  try {
    return openSync(path, make ? O_RDWR | O_CREAT | O_NOFOLLOW : O_RDONLY, 0o600);
  } catch (error) {
    // A lock needs no right to write: a read-only file system may have the file from before.
    if (make && errorCode(error) === 'EROFS') {
      const opened = open(path, false);
      if (typeof opened === 'number') return opened;
    }
    return { message: error instanceof Error ? error.message : String(error) };
  }
}

async function lockWithin(descriptor: number, end: number): Promise<Taken> {
  const taken = await flock(['-n'], descriptor, null);
  const left = end - performance.now();
  return taken === 'busy' && left > leastWait ? flock([], descriptor, left) : taken;
}

/** flock(1) of util-linux or busybox: both take `flock [-n] DESCRIPTOR`, and end with 1 where it is taken. */
function flock(
  args: readonly string[],
  descriptor: number,
  timeout: number | null,
): Promise<Taken> {
  return new Promise((resolve) => {
    const child = startChild('flock', [...args, '3'], {
      stdio: ['ignore', 'ignore', 'pipe', descriptor],
      // A ^C at the terminal goes to everyone in its process group.
      detached: true,
    });
    if (child instanceof Error) {
      resolve({ message: errorWords(child) });
      return;
    }
    const timer =
      timeout === null ? undefined : setTimeout(() => void child.kill('SIGKILL'), timeout);
    let said = '';
    const settle = (taken: Taken) => {
      clearTimeout(timer);
      resolve(taken);
    };
    child.once('error', (error) => settle({ message: `${error.message}; ${flockNeeded}` }));
    child.stderr?.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    child.once('close', (code, signal) => {
      if (code === 0) settle('held');
      else if ((code === 1 && said === '') || (signal === 'SIGKILL' && timeout !== null))
        settle('busy');
      else
        settle({
          message: `${said.trim() || `flock ended with ${signal ?? `exit code ${code}`}`}; ${flockNeeded}`,
        });
    });
  });
}

const flockNeeded = 'natmap needs flock(1) of util-linux or busybox, as in `flock -n 3`';

function isFileAt(path: string, descriptor: number): boolean {
  const [there, ours] = [statSync(path, { throwIfNoEntry: false }), fstatSync(descriptor)];
  return there !== undefined && there.dev === ours.dev && there.ino === ours.ino;
}

/** For others to read; it may be that only a full disk holds it back, and the lock is ours in any case. */
function writeHolder(descriptor: number): void {
  try {
    ftruncateSync(descriptor);
    writeSync(descriptor, `${process.pid}\n`, 0);
  } catch {
    // A natmap that waits names no process then.
  }
}

function readHolder(path: string): number | null {
  try {
    return Number.parseInt(readFileSync(path, 'utf8'), 10) || null;
  } catch {
    return null;
  }
}
