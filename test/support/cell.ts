/**
 * A process in mount and process namespaces of its own, inside a test's network namespace: whatever
 * it starts or mounts ends with it, and what it writes to /run or /var/lib nobody else sees.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import type { Namespace } from './namespace.ts';
import { which } from './process.ts';

/** The running process, which is the first one of its process namespace. */
export interface Cell {
  /** The command line that runs a command beside it, for those who spawn it themselves. */
  inside(command: string, ...args: readonly string[]): readonly [string, readonly string[]];
  /** Sends SIGTERM and waits for the end. */
  stop(): Promise<void>;
  /** Ends it with all that it started, at once; works while the test process goes down, too. */
  kill(): void;
}

/** What the process is, and the file that its output goes to. */
export interface CellOptions {
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly log: string;
}

/** Folders where engines leave files; each cell has empty ones of its own. */
const privateFolders = ['/run', '/var/lib/containers', '/var/lib/cni'];

/** Starts the process in the network namespace `ns`. */
export async function startCell(ns: Namespace, { command, env, log }: CellOptions): Promise<Cell> {
  const isolation = ['--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
  const mounts = privateFolders.map(
    (folder) => `[ ! -d ${folder} ] || mount -t tmpfs none ${folder}`,
  );
  const script = `${mounts.join(' && ')} && exec "$@"`;
  const output = openSync(log, 'a');
  const [nsenter, args] = ns.inside(
    which('unshare'),
    ...isolation,
    ...['sh', '-c', `${script}`, 'sh', ...command],
  );
  // A session of its own: an interrupt from the terminal is for the tests, which end it then.
  const child = spawn(nsenter, args, {
    env: { ...process.env, ...ns.env, ...env },
    stdio: ['ignore', output, output],
    detached: true,
  });
  closeSync(output);
  await once(child, 'spawn');
  const ended = once(child, 'exit');
  child.unref();
  const first = await firstChild(child.pid ?? 0, log);
  return {
    inside: (name, ...rest) => [
      which('nsenter'),
      [`--target=${first}`, '--mount', '--pid', '--net', '--', name, ...rest],
    ],
    stop: async () => {
      process.kill(first, 'SIGTERM');
      await ended;
    },
    kill: () => {
      if (child.exitCode === null && child.signalCode === null) process.kill(first, 'SIGKILL');
    },
  };
}

/** The process that `unshare` forked, by its id here. */
export async function firstChild(pid: number, log: string): Promise<number> {
  for (let attempt = 0; attempt < 500; attempt++) {
    const children = readChildren(pid);
    if (children === null)
      throw new Error(`the engine did not start: ${readFileSync(log, 'utf8')}`);
    if (children.length > 0) return Number(children[0]);
    await wait(10);
  }
  throw new Error('unshare forked nothing');
}

function readChildren(pid: number): string[] | null {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);
  } catch {
    return null;
  }
}
