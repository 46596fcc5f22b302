/**
 * A real container engine in a network namespace, with containers that answer calls. Nothing comes
 * from a registry: the one image is busybox-static, and servers run the host's own node.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Namespace } from './namespace.ts';
import { mustRun, type Result, type RunOptions } from './process.ts';
import type { CallOptions } from './traffic.ts';
import { patience } from './traffic.ts';
import type { Workspace } from './workspace.ts';

/** The engine, and how to speak to it. */
export interface Engine extends AsyncDisposable {
  /** Where it runs, with natmap. */
  readonly host: Namespace;
  /** What natmap needs in its environment to find this engine and no other. */
  readonly env: Readonly<Record<string, string>>;
  /** Runs the engine's client, which may fail. */
  run(args: readonly string[], options?: RunOptions): Promise<Result>;
  /** Runs the engine's client, and gives back what it printed. */
  client(...args: readonly string[]): Promise<string>;
  /** Arguments of `run` that every container gets. */
  readonly runArguments: readonly string[];
}

/** The name of the only image. */
export const image = 'natmap-test';

/** Makes the image: busybox, and empty folders for what is mounted. */
export async function importImage(engine: Engine, files: Workspace): Promise<void> {
  const shell = ['sh', 'sleep', 'true'].map((name) => `ln -s busybox bin/${name}`);
  const script = ['mkdir -p bin tmp support', 'cp "$1" bin/busybox', ...shell].join(' && ');
  const folder = files.folder('image');
  const busybox = (await mustRun('sh', ['-c', 'command -v busybox'])).trim();
  await mustRun('sh', ['-c', script, 'sh', busybox], { cwd: folder });
  await mustRun('tar', ['-C', folder, '-cf', files.file('image.tar'), '.']);
  await engine.client('import', files.file('image.tar'), image);
}

/** Runs a container that sleeps; `args` stand before the image, such as `--network back`. */
export async function runIdle(
  engine: Engine,
  name: string,
  ...args: readonly string[]
): Promise<void> {
  await run(engine, name, args, ['sleep', '100000']);
}

/**
 * Runs a container whose ports (`tcp/80`) answer as {@link serve} says, and waits until they are
 * open. Its process is the host's node, mounted into it.
 */
export async function runServer(
  engine: Engine,
  name: string,
  ports: readonly string[],
  ...args: readonly string[]
): Promise<void> {
  const command = [process.execPath, '/support/listener.mjs', name, ...ports];
  await run(engine, name, args, command);
  await untilLogged(engine, name);
}

/** Waits until the server in a container that was just started again is open. */
export async function untilReady(engine: Engine, name: string): Promise<void> {
  const started = await engine.client('inspect', '--format', '{{json .State.StartedAt}}', name);
  const since: string = JSON.parse(started);
  await untilLogged(engine, name, '--since', since);
}

/** A first start does not show in its time: podman may note it only after the server has said so. */
async function untilLogged(engine: Engine, name: string, ...which: string[]): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const { stdout } = await engine.run(['logs', ...which, name]);
    if (stdout.includes('ready')) return;
    await wait(50);
  }
  const { stdout, stderr } = await engine.run(['logs', name]);
  throw new Error(`the server in ${name} did not start: ${stdout}${stderr}`);
}

/** Calls an address from within a container, as {@link connect} does from a namespace. */
export function connectFrom(
  engine: Engine,
  container: string,
  address: string,
  port: number,
  { protocol = 'tcp', milliseconds = patience }: CallOptions = {},
): Promise<string> {
  const caller = [process.execPath, '/support/caller.mjs', protocol, address, port, milliseconds];
  return engine.client('exec', container, ...caller.map(String));
}

/** The address of a container on a network. */
export async function addressOf(
  engine: Engine,
  container: string,
  network: string,
  field: 'IPAddress' | 'GlobalIPv6Address' = 'IPAddress',
): Promise<string> {
  const [inspected] = JSON.parse(await engine.client('inspect', container));
  const address = inspected.NetworkSettings.Networks[network]?.[field];
  if (!address) throw new Error(`${container} has no ${field} on ${network}`);
  return address;
}

async function run(
  engine: Engine,
  name: string,
  args: readonly string[],
  command: readonly string[],
): Promise<void> {
  const programs = ['/usr', '/lib', '/lib64', process.execPath];
  const support = fileURLToPath(new URL('.', import.meta.url));
  const mounts = [...programs.map((path) => `${path}:${path}:ro`), `${support}:/support:ro`];
  await engine.client(
    // The first process of a container ignores signals that it has no handler for, but this one.
    ...['run', '--detach', '--name', name, '--stop-signal', 'KILL', ...engine.runArguments],
    ...mounts.flatMap((mount) => ['--volume', mount]),
    ...args,
    image,
    ...command,
  );
}
