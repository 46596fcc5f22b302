// Starting a process so that no failure of it ends natmap: where fork(2) or pipe(2) fails, Node throws
// or emits `error` on the process or on one of its streams, depending on the error number (spawn() in
// Node's lib/internal/child_process.js), and an `error` that nobody listens to ends the caller.
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { getSystemErrorMap } from 'node:util';

/**
 * Starts the program.
 *
 * @returns the process, or the error where Node throws. A process without `pid` was not started: it
 * emits `error` with the reason next, and nothing else.
 */
export function startChild(
  program: string,
  args: readonly string[],
  options: SpawnOptions,
): ChildProcess | NodeJS.ErrnoException {
  try {
    const child = spawn(program, [...args], options);
    for (const emitter of [child, child.stdin, child.stdout, child.stderr]) {
      emitter?.on('error', () => undefined);
    }
    return child;
  } catch (error) {
    if (error instanceof Error) return error;
    throw error;
  }
}

/** What a system call failed with, as strerror(3) words it. */
export function errorWords({ errno, code, message }: NodeJS.ErrnoException): string {
  const words = errno === undefined ? undefined : getSystemErrorMap().get(errno)?.[1];
  return words === undefined ? message : `${words} (${code})`;
}
