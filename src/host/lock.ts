// One natmap at a time: flock(1), run as a child that holds the lock as long as our end of its
// standard input is open. The kernel closes that end when we die, whatever we die of.
import { readFileSync, writeFileSync } from 'node:fs';
import { execa } from 'execa';

export interface Lock {
  /** Resolves when the next one can have it. */
  release(): Promise<void>;
}

export type Locked =
  | { readonly kind: 'held'; readonly lock: Lock }
  /** Somebody else held it for all of the time. `holder` is the id of his process, if he said it. */
  | { readonly kind: 'busy'; readonly holder: number | null }
  | { readonly kind: 'failed'; readonly message: string };

/** How flock(1) is told to end when it has waited in vain: no exit code of another cause. */
const conflict = 75;

/** Takes the lock on the file, which is made when missing, waiting at most so many seconds. */
export async function takeLock(path: string, timeoutSeconds: number): Promise<Locked> {
  const args = ['--timeout', String(timeoutSeconds), '--conflict-exit-code', String(conflict)];
  const child = execa('flock', [...args, path, 'cat'], {
    reject: false,
    buffer: { stdout: false },
    // A ^C at the terminal goes to everyone in its process group; the lock outlasts it.
    detached: true,
  });
  child.stdin.on('error', () => undefined);
  child.stdin.write('\n');
  const held = await Promise.race([
    new Promise<true>((resolve) => child.stdout.once('data', () => resolve(true))),
    child,
  ]);
  if (held === true) {
    sayHolder(path);
    return { kind: 'held', lock: { release: () => release(child) } };
  }
  if (held.exitCode === conflict) return { kind: 'busy', holder: readHolder(path) };
  return { kind: 'failed', message: held.stderr.trim() || held.originalMessage || 'flock failed' };
}

/** For others to read; it may be that only a full disk holds it back, and the lock is ours in any case. */
function sayHolder(path: string): void {
  try {
    writeFileSync(path, `${process.pid}\n`);
  } catch {
    // Who waits is told of no process then.
  }
}

async function release(child: { stdin: { end(): void } } & PromiseLike<unknown>): Promise<void> {
  child.stdin.end();
  await child;
}

function readHolder(path: string): number | null {
  try {
    return Number.parseInt(readFileSync(path, 'utf8'), 10) || null;
  } catch {
    return null;
  }
}
