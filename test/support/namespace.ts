/**
 * Network namespaces for tests: one call makes one, `await using` removes it with all that runs in
 * it, also when the test fails. What a killed test run leaves is removed by the next one.
 */
import { spawnSync } from 'node:child_process';
import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { leftBehind, prefix, removal } from './cleanup.ts';
import { mustRun, type Result, type RunOptions, run, which } from './process.ts';
import { createWorkspace } from './workspace.ts';

/** A network namespace of a test's own. */
export interface Namespace extends AsyncDisposable {
  readonly name: string;
  /** A folder that goes away with the namespace; natmap's state directory is in it. */
  readonly directory: string;
  /** The environment of every command in the namespace: its own xtables lock and state. */
  readonly env: Readonly<Record<string, string>>;
  /** The command line that runs a command inside, for those who spawn it themselves. */
  inside(command: string, ...args: readonly string[]): readonly [string, readonly string[]];
  run(command: string, args: readonly string[], options?: RunOptions): Promise<Result>;
  mustRun(command: string, args: readonly string[], options?: RunOptions): Promise<string>;
  /** Runs `ip` on many lines at once: a line is what follows `ip` on the command line. */
  ip(...lines: readonly string[]): Promise<void>;
  sysctl(key: string, value: string | number): Promise<void>;
}

let made = 0;

/** Makes a namespace with `lo` up and nothing else in it. */
export async function createNamespace(): Promise<Namespace> {
  if (made === 0) leftBehind('/run/netns').forEach(removeNamespace);
  made += 1;
  const name = `${prefix}${process.pid}-${made}`;
  const files = createWorkspace();
  const remove = removal(() => removeNamespace(name));
  await mustRun('ip', ['netns', 'add', name]);
  const namespace = describeNamespace(name, files.path, () => {
    remove();
    files[Symbol.dispose]();
  });
  await namespace.ip('link set lo up');
  return namespace;
}

function describeNamespace(name: string, directory: string, remove: () => void): Namespace {
  const env = {
    // Legacy's lock file is one for all namespaces; with one each, tests do not wait for others.
    XTABLES_LOCKFILE: join(directory, 'xtables.lock'),
    NATMAP_STATE_DIR: join(directory, 'state'),
  };
  const inside = (command: string, ...args: readonly string[]) =>
    [which('nsenter'), [`--net=/run/netns/${name}`, '--', command, ...args]] as const;
  const within = (options: RunOptions = {}) => ({ ...options, env: { ...env, ...options.env } });
  return {
    name,
    directory,
    env,
    inside,
    run: (command, args, options) => run(...inside(command, ...args), within(options)),
    mustRun: (command, args, options) => mustRun(...inside(command, ...args), within(options)),
    ip: async (...lines) => {
      await mustRun('ip', ['-n', name, '-batch', '-'], { input: `${lines.join('\n')}\n` });
    },
    sysctl: async (key, value) => {
      const path = `/proc/sys/${key.replaceAll('.', '/')}`;
      await mustRun(...inside('tee', path), { input: `${value}\n` });
    },
    [Symbol.asyncDispose]: async () => remove(),
  };
}

/** Synchronous, because it must also work while the process is going down. */
function removeNamespace(name: string): void {
  const { ino = null } = statSync(`/run/netns/${name}`, { throwIfNoEntry: false }) ?? {};
  const processes = spawnSync('ip', ['netns', 'pids', name], { encoding: 'utf8' });
  for (const pid of (processes.stdout ?? '').split('\n').filter(Boolean)) kill(Number(pid));
  spawnSync('ip', ['netns', 'del', name], { stdio: 'ignore' });
  if (ino === null) return;
  // natmap's lock of the namespace, and the notice of a guard that was killed.
  for (const name of ['lock', 'guard']) rmSync(`/run/natmap/net-${ino}-${name}`, { force: true });
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself meanwhile.
  }
}
