/** A real dockerd in a network namespace; everything that it starts or makes goes with it. */
import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { type Cell, startCell } from './cell.ts';
import { removeCgroup, sweepCgroups } from './cgroup.ts';
import { prefix, removal } from './cleanup.ts';
import { type Engine, importImage } from './engine.ts';
import type { Variant } from './kernel.ts';
import type { Namespace } from './namespace.ts';
import { mustRun, run } from './process.ts';
import { createWorkspace, type Workspace } from './workspace.ts';

/** dockerd, which can be stopped and started. */
export interface Docker extends Engine {
  /** Stops the daemon as the service manager does, and starts it with the same containers. */
  restart(): Promise<void>;
}

/** How dockerd is set up. */
export interface DockerOptions {
  /** Which iptables it makes its own rules with. */
  readonly variant: Variant;
  /** What stands in daemon.json. */
  readonly daemon?: Readonly<Record<string, unknown>>;
}

let made = 0;

/** Starts dockerd in the namespace `host`, with the test image; it takes about a second. */
export async function startDocker(host: Namespace, options: DockerOptions): Promise<Docker> {
  if (made === 0) sweepCgroups();
  made += 1;
  const cgroup = `${prefix}${process.pid}-docker-${made}`;
  const files = createWorkspace({ 'daemon.json': JSON.stringify(options.daemon ?? {}) });
  const socket = `unix://${files.file('docker.sock')}`;
  const start = () => startDaemon(host, files, cgroup, socket, options.variant);
  let cell: Cell | null = null;
  const remove = removal(() => {
    cell?.kill();
    removeCgroup(cgroup);
    files[Symbol.dispose]();
  });
  // Without the settings and the contexts of anyone who runs the tests.
  const env = { DOCKER_HOST: socket, DOCKER_CONFIG: files.file('client') };
  const within = (settings: object = {}) => ({ ...settings, env });
  const docker: Docker = {
    host,
    env,
    runArguments: [],
    run: (args, settings) => run('docker', args, within(settings)),
    client: async (...args) => (await mustRun('docker', args, within())).trimEnd(),
    restart: async () => {
      await cell?.stop();
      cell = await start();
      await untilAnswering(docker, files);
    },
    [Symbol.asyncDispose]: async () => remove(),
  };
  try {
    cell = await start();
    await untilAnswering(docker, files);
    await importImage(docker, files);
    return docker;
  } catch (error) {
    remove();
    throw error;
  }
}

function startDaemon(
  host: Namespace,
  files: Workspace,
  cgroup: string,
  socket: string,
  variant: Variant,
): Promise<Cell> {
  const folders = ['data', 'exec'].map((name) => `--${name}-root=${files.file(name)}`);
  return startCell(host, {
    command: [
      ...['dockerd', `--host=${socket}`, ...folders, `--pidfile=${files.file('dockerd.pid')}`],
      ...[`--config-file=${files.file('daemon.json')}`, '--storage-driver=vfs'],
      ...['--exec-opt=native.cgroupdriver=cgroupfs', `--cgroup-parent=/${cgroup}`],
    ],
    env: { PATH: `${iptablesFolder(files, variant)}:${process.env.PATH ?? ''}` },
    log: files.file('dockerd.log'),
  });
}

/** A folder for the front of PATH where `iptables` is the one of this variant. */
function iptablesFolder(files: Workspace, variant: Variant): string {
  for (const name of ['iptables', 'ip6tables']) {
    for (const tool of ['', '-save', '-restore']) {
      files.link(`bin/${name}${tool}`, `${name}-${variant}${tool}`);
    }
  }
  return files.file('bin');
}

async function untilAnswering(docker: Docker, files: Workspace): Promise<void> {
  for (let attempt = 0; attempt < 300; attempt++) {
    if ((await docker.run(['version'])).code === 0) return;
    await wait(50);
  }
  throw new Error(`dockerd does not answer:\n${readFileSync(files.file('dockerd.log'), 'utf8')}`);
}
