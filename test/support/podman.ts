/** A real podman in a network namespace; everything that it starts or makes goes with it. */
import { chmodSync } from 'node:fs';
import { startCell } from './cell.ts';
import { removeCgroup, sweepCgroups } from './cgroup.ts';
import { prefix, removal } from './cleanup.ts';
import { type Engine, importImage } from './engine.ts';
import type { Namespace } from './namespace.ts';
import { mustRun, run, which } from './process.ts';
import { createWorkspace } from './workspace.ts';

let made = 0;

/**
 * Prepares podman in the namespace `host`, with the test image. It has no daemon: what runs is a
 * process that keeps its mounts and containers together, and `podman` in `env.PATH` enters there.
 */
export async function startPodman(host: Namespace): Promise<Engine> {
  if (made === 0) sweepCgroups();
  made += 1;
  const cgroup = `${prefix}${process.pid}-podman-${made}`;
  const files = createWorkspace();
  const cell = await startCell(host, {
    command: ['sleep', 'infinity'],
    env: {},
    log: files.file('cell.log'),
  });
  const remove = removal(() => {
    cell.kill();
    removeCgroup(cgroup);
    files[Symbol.dispose]();
  });
  const [nsenter, args] = cell.inside(which('podman'), ...settings(files.path));
  files.write({ 'bin/podman': `#!/bin/sh\nexec ${[nsenter, ...args].join(' ')} "$@"\n` });
  chmodSync(files.file('bin/podman'), 0o755);
  const env = { PATH: `${files.file('bin')}:${process.env.PATH ?? ''}` };
  const program = files.file('bin/podman');
  const podman: Engine = {
    host,
    env,
    // No limit of processes, which is podman's default: the host's controllers may all be in cgroup v1.
    runArguments: ['--cgroup-parent', `/${cgroup}`, '--pids-limit=0'],
    run: (given, options) => run(program, given, options),
    client: async (...given) => (await mustRun(program, given)).trimEnd(),
    [Symbol.asyncDispose]: async () => remove(),
  };
  try {
    await importImage(podman, files);
    return podman;
  } catch (error) {
    remove();
    throw error;
  }
}

function settings(folder: string): string[] {
  return [
    ...['root', 'runroot', 'tmpdir'].map((name) => `--${name}=${folder}/${name}`),
    `--network-config-dir=${folder}/networks`,
    ...['--storage-driver=vfs', '--cgroup-manager=cgroupfs', '--events-backend=none'],
    // crun, which podman prefers where it is there, wants a host without cgroup v1.
    '--runtime=runc',
  ];
}
