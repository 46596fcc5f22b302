/** A program that is still running: the leader of a process group of its own, as under a shell. */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import type { Variant } from './kernel.ts';
import type { Namespace } from './namespace.ts';
import { natmapCommand } from './natmap.ts';
import type { Result, RunOptions } from './process.ts';

export interface Running {
  readonly pid: number;
  readonly ended: Promise<Result>;
  /** What it has printed so far. */
  printed(): string;
  /** Sends a signal to the process alone. */
  signal(name: NodeJS.Signals): void;
  /** Sends a signal to everyone in its process group, as a terminal does. */
  signalGroup(name: NodeJS.Signals): void;
}

/** Starts `natmap` with these arguments. */
export function startNatmap(
  ns: Namespace,
  variant: Variant,
  args: readonly string[],
  options: RunOptions = {},
): Running {
  const [program, programArgs] = ns.inside(...natmapCommand(variant, args));
  return start(program, programArgs, { ...options, env: { ...ns.env, ...options.env } });
}

export function start(command: string, args: readonly string[], options: RunOptions = {}): Running {
  const child = spawn(command, args, {
    env: { ...process.env, LC_ALL: 'C', ...options.env },
    stdio: 'pipe',
    detached: true,
  });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${command} cannot be started`);
  const code = new Promise<number>((resolve) => {
    child.once('close', (exit, signal) =>
      resolve(exit ?? 128 + (signal === null ? 0 : constants.signals[signal])),
    );
  });
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (chunk: string) => {
      output[name] += chunk;
    });
  }
  return {
    pid,
    ended: code.then((exit) => ({ code: exit, ...output })),
    printed: () => output.stdout,
    signal: (name) => void process.kill(pid, name),
    signalGroup: (name) => void process.kill(-pid, name),
  };
}
