/**
 * Runs one program to its end and gives back what it printed. No shell; the tests use this and
 * not natmap's own runner, so that a mistake there cannot hide itself.
 */
import { type SpawnOptions, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

/** What a program left behind. A program ended by a signal has code 128 + its number, as in sh. */
export interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How to run it; `env` is added to the tests' own environment. */
export interface RunOptions {
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly timeoutSeconds?: number;
}

/** Runs a program; the promise fails only when it cannot be started or is out of time. */
export async function run(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Result> {
  const child = spawn(command, args, { ...spawnOptions(options), stdio: 'pipe' });
  const ended = exitCode(child);
  // The program may end before it has read its input; its exit code tells what happened.
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.input ?? '');
  const [code, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  if (child.signalCode === 'SIGKILL' && child.killed) {
    throw new Error(`${[command, ...args].join(' ')}: out of time\n${stdout}${stderr}`);
  }
  return { code, stdout, stderr };
}

/** Runs a program that has to succeed, and gives back its standard output. */
export async function mustRun(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  const result = await run(command, args, options);
  if (result.code !== 0) {
    throw new Error(
      `${[command, ...args].join(' ')}: exit ${result.code}\n${result.stderr}${options.input ?? ''}`,
    );
  }
  return result.stdout;
}

function spawnOptions(options: RunOptions): SpawnOptions {
  return {
    env: { ...process.env, LC_ALL: 'C', ...options.env },
    timeout: (options.timeoutSeconds ?? 60) * 1000,
    killSignal: 'SIGKILL',
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  };
}

function exitCode(child: ReturnType<typeof spawn>): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) =>
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])),
    );
  });
}

/** Where a program is, so that it can be run with another PATH. */
export function which(name: string): string {
  const folders = (process.env.PATH ?? '').split(':');
  const path = folders.map((folder) => join(folder, name)).find((file) => existsSync(file));
  if (path === undefined) throw new Error(`${name} is not in PATH`);
  return path;
}
