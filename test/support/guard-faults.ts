/** What may happen to a guard on watch, and passes: each fault lasts some seconds and is then undone. */
import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { removal } from './cleanup.ts';
import { guardOf } from './guard.ts';
import type { Variant } from './kernel.ts';
import { createNamespace, type Namespace } from './namespace.ts';
import { natmapCommand } from './natmap.ts';
import { run } from './process.ts';

/** Where a fault happens. */
export interface Scene {
  readonly ns: Namespace;
  readonly variant: Variant;
  readonly guard: number;
  /** How long it lasts, in seconds. */
  readonly seconds: number;
  /** A whole number below `limit`. */
  random(limit: number): number;
}

export interface Fault {
  readonly name: string;
  /** Whether the state folder has to be on a disk that can be filled. */
  readonly fillsDisk?: true;
  /** Lets it happen, and resolves when it has passed. */
  happen(scene: Scene): Promise<void>;
}

export const faults: readonly Fault[] = [
  ...systemCallFaults(),
  {
    name: 'the disk is full',
    fillsDisk: true,
    happen: ({ ns, seconds }) => {
      const filler = join(ns.directory, 'state/filler');
      return during(
        seconds,
        () => fill(filler),
        () => rmSync(filler, { force: true }),
      );
    },
  },
  {
    name: 'the state folder is moved away',
    happen: ({ ns, seconds }) => {
      const folder = join(ns.directory, 'state');
      const [away, back] = [`${folder}.away`, folder];
      return during(
        seconds,
        () => renameSync(back, away),
        () => {
          rmSync(back, { recursive: true, force: true });
          renameSync(away, back);
        },
      );
    },
  },
  {
    name: 'the files of the wait are torn, or of another apply',
    happen: async ({ ns, random }) => {
      const torn = ['', 'null', '{"id":"', '{"id":"another","kind":"confirmed"}'][random(4)] ?? '';
      for (const name of ['unconfirmed.json', 'decision.json']) {
        writeFileSync(join(ns.directory, 'state', name), torn);
      }
    },
  },
  {
    name: 'the files of the wait are removed',
    happen: async ({ ns }) => {
      for (const name of ['unconfirmed.json', 'decision.json', 'history/pending']) {
        rmSync(join(ns.directory, 'state', name), { recursive: true, force: true });
      }
    },
  },
  {
    name: 'the programs that it runs are killed',
    happen: async ({ guard, seconds }) => {
      const end = performance.now() + seconds * 1000;
      while (performance.now() < end) {
        for (const pid of childrenOf(guard)) kill(pid, 'SIGKILL');
        await sleep(20);
      }
    },
  },
  {
    name: 'it is stopped, and continued',
    happen: ({ guard, seconds }) =>
      during(
        seconds,
        () => kill(guard, 'SIGSTOP'),
        () => kill(guard, 'SIGCONT'),
      ),
  },
  {
    name: 'it gets signals',
    happen: async ({ guard, random }) => {
      const names = [
        'SIGHUP',
        'SIGINT',
        'SIGTERM',
        'SIGQUIT',
        'SIGUSR1',
        'SIGALRM',
        'SIGABRT',
      ] as const;
      for (let sent = 0; sent < 3; sent++) kill(guard, names[random(names.length)] ?? 'SIGHUP');
    },
  },
  {
    name: 'the clock is stepped',
    happen: async ({ ns, random }) => {
      writeFileSync(join(ns.directory, 'clock'), ['+3600', '-3600', '+86400'][random(3)] ?? '+0');
    },
  },
  {
    name: 'natmap is run in another network namespace',
    happen: async ({ ns, variant, random }) => {
      await using other = await createNamespace();
      const name = ['rollback', 'confirm', 'flush'][random(3)] ?? 'rollback';
      const [program, ...args] = natmapCommand(variant, [name]);
      await other.run(program, args, { env: ns.env });
    },
  },
  {
    name: 'natmap is run in another PID namespace',
    // A flush that begins when the guard has ended would rightly flush.
    happen: async ({ ns, variant }) => {
      const apart = ['--pid', '--fork', '--mount-proc', '--'];
      await ns.run('unshare', [...apart, ...natmapCommand(variant, ['confirm'])]);
    },
  },
  {
    name: 'another program holds the lock',
    happen: async ({ ns, seconds }) => {
      const lock = '/run/natmap/net-$(stat -Lc %i /proc/self/ns/net)-lock';
      await ns.run('sh', ['-c', `exec flock ${lock} sleep ${seconds}`]);
    },
  },
  {
    name: 'iptables-restore fails',
    happen: ({ ns, seconds }) => {
      const mark = join(ns.directory, 'refuse');
      return during(
        seconds,
        () => writeFileSync(mark, ''),
        () => rmSync(mark, { force: true }),
      );
    },
  },
];

/**
 * Injected by strace(1) at every such call of the guard and of the programs that it runs. Not at the reads
 * of Node's own event loop, which ends a process at the first that fails (uv__async_io in libuv).
 */
function systemCallFaults(): readonly Fault[] {
  const table: readonly (readonly [calls: string, errors: readonly string[], ofFiles: boolean])[] =
    [
      ['openat', ['EIO', 'EMFILE', 'ENFILE', 'ENOMEM'], false],
      ['openat', ['EIO', 'EACCES'], true],
      ['read', ['EIO', 'ENOMEM'], true],
      ['socketpair', ['EMFILE', 'ENFILE', 'ENOMEM'], false],
      ['pipe2', ['EMFILE', 'ENFILE'], false],
      ['clone,clone3,fork,vfork', ['EAGAIN', 'ENOMEM'], false],
      ['rename,renameat2,mkdir,unlink,rmdir', ['EIO', 'EROFS', 'ENOSPC'], false],
      ['fsync,fdatasync', ['EIO', 'ENOSPC'], false],
      ['flock', ['ENOLCK'], false],
      ['readlink', ['EIO', 'ENOMEM'], false],
    ];
  return table.map(([calls, errors, ofFiles]) => ({
    name: `${calls} fails${ofFiles ? ' for the files of the wait' : ''}`,
    happen: async ({ guard, ns, seconds, random }) => {
      const error = errors[random(errors.length)] ?? 'EIO';
      const files = ['unconfirmed.json', 'decision.json'];
      const paths = files.flatMap((name) => ['-P', join(ns.directory, 'state', name)]);
      const inject = calls.split(',').map((call) => `--inject=${call}:error=${error}`);
      const options = ['-f', '-qq', '-o', '/dev/null', '-p', `${guard}`, `--trace=${calls}`];
      const strace = ['strace', ...options, ...inject, ...(ofFiles ? paths : [])];
      await run('timeout', ['-s', 'INT', '-k', '5', `${seconds}`, ...strace]);
    },
  }));
}

async function during(seconds: number, begin: () => void, end: () => void): Promise<void> {
  begin();
  await sleep(seconds * 1000);
  end();
}

/** Puts the state folder, which is not there yet, on a disk of a megabyte. */
export async function smallDisk(ns: Namespace): Promise<Disposable> {
  const disk = join(ns.directory, 'disk');
  await ns.mustRun('mkdir', [disk]);
  const remove = removal(() => spawnSync('umount', ['--lazy', disk]));
  await ns.mustRun('mount', ['-t', 'tmpfs', '-o', 'size=1m,mode=700', 'none', disk]);
  symlinkSync(disk, join(ns.directory, 'state'));
  return { [Symbol.dispose]: remove };
}

function fill(path: string): void {
  try {
    for (let written = 0; written < 64; written++) appendFileSync(path, Buffer.alloc(65_536));
  } catch {
    // It is full.
  }
}

function childrenOf(pid: number): readonly number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((task) =>
      readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8')
        .split(' ')
        .filter(Boolean)
        .map(Number),
    );
  } catch {
    return [];
  }
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended by itself.
  }
}

/** The guard on watch as a scene for a fault. */
export function sceneOf(
  ns: Namespace,
  variant: Variant,
  seconds: number,
  random: Scene['random'],
): Scene {
  return { ns, variant, guard: guardOf(ns), seconds, random };
}
