/** Servers and clients in namespaces: who is reached, and which source address does it see? */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Namespace } from './namespace.ts';

const listener = fileURLToPath(new URL('listener.mjs', import.meta.url));
const caller = fileURLToPath(new URL('caller.mjs', import.meta.url));

const censusTaker = fileURLToPath(new URL('census.mjs', import.meta.url));

/** Long enough for a loaded machine; calls that succeed never wait for it. */
export const patience = 5000;

/** How a call is made. */
export interface CallOptions {
  readonly protocol?: 'tcp' | 'udp';
  readonly milliseconds?: number;
}

/**
 * Opens ports (`tcp/25`, `udp/53`) on all addresses of a namespace, both families, and returns when
 * they are open. The server ends with its namespace.
 */
export async function serve(ns: Namespace, name: string, ports: readonly string[]): Promise<void> {
  const [command, args] = ns.inside(process.execPath, listener, name, ...ports);
  const server = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const failed = once(server, 'close').then(([code]) => {
    throw new Error(`the server of ${name} ended with ${code} before it was ready`);
  });
  await Promise.race([once(server.stdout, 'data'), failed]);
  failed.catch(() => undefined);
  server.unref();
  server.stdout.destroy();
}

/** Calls an address: the server's answer (see {@link answer}), `refused` or `timeout`. */
export async function connect(
  ns: Namespace,
  address: string,
  port: number,
  { protocol = 'tcp', milliseconds = patience }: CallOptions = {},
): Promise<string> {
  return ns.mustRun(process.execPath, [caller, protocol, address, `${port}`, `${milliseconds}`]);
}

/** How many of so many calls, one after the other, each server answers, by its name. */
export async function census(
  ns: Namespace,
  address: string,
  port: number,
  calls: number,
): Promise<Readonly<Record<string, number>>> {
  const args = [censusTaker, address, `${port}`, `${calls}`];
  return JSON.parse(await ns.mustRun(process.execPath, args));
}

/** The answer of the server `name` on its own `port` to a client that it sees as `source`. */
export function answer(name: string, port: number, source: string): string {
  return `${name}:${port} saw ${source}`;
}
