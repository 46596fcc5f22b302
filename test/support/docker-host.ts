/**
 * A host with a real dockerd between two outside clients, and natmap on it:
 *
 *     client1 ─┐                  ┌─ bridge   web, near-web
 *              ├─ vmbr0 ─ host ───┼─ front    api, near-api (api is on back too)
 *     client2 ─┘                  └─ six      db, near-db   (IPv6 as well)
 */
import { beforeAll } from 'vitest';
import { type Docker, type DockerOptions, startDocker } from './dockerd.ts';
import { addressOf, runIdle, runServer } from './engine.ts';
import type { Variant } from './kernel.ts';
import { mustNatmap, natmap } from './natmap.ts';
import type { Result } from './process.ts';
import { createHosts, type Hosts } from './topology.ts';
import { createWorkspace, type Workspace } from './workspace.ts';

/** The hosts, the engine, and natmap with a rules folder of its own. */
export interface DockerHost {
  readonly hosts: Hosts<'client1' | 'client2'>;
  readonly docker: Docker;
  readonly files: Workspace;
  /** Runs natmap with `--docker live` on the rules. */
  natmap(command: string, ...flags: readonly string[]): Promise<Result>;
  /** Writes the rules and applies them. */
  apply(rules: string): Promise<void>;
}

/** The containers that answer, and where they are; each has a neighbour, `near-NAME`. */
export const servers = [
  { name: 'web', network: 'bridge', ports: ['tcp/80'] },
  { name: 'api', network: 'front', ports: ['tcp/80'] },
  { name: 'db', network: 'six', ports: ['tcp/80', 'udp/53'] },
] as const;

/** Makes it before the tests of this `describe`, and removes it after them. */
export function useDockerHost(options: DockerOptions): { current: DockerHost } {
  const given = {} as { current: DockerHost };
  beforeAll(async () => {
    const hosts = await createHosts(['client1', 'client2']);
    const files = createWorkspace();
    let docker: Docker | null = null;
    const dispose = async () => {
      await docker?.[Symbol.asyncDispose]();
      files[Symbol.dispose]();
      await hosts[Symbol.asyncDispose]();
    };
    try {
      docker = await startDocker(hosts.host, options);
      given.current = describeHost(hosts, docker, files, options.variant);
      await populate(docker);
    } catch (error) {
      await dispose();
      throw error;
    }
    return dispose;
  });
  return given;
}

function describeHost(
  hosts: DockerHost['hosts'],
  docker: Docker,
  files: Workspace,
  variant: Variant,
): DockerHost {
  const live = (command: string, flags: readonly string[]) =>
    [command, '--rules', files.file('rules.d'), '--docker', 'live', ...flags] as const;
  const { host } = hosts;
  const { env } = docker;
  return {
    hosts,
    docker,
    files,
    natmap: (command, ...flags) => natmap(host, variant, live(command, flags), { env }),
    apply: async (rules) => {
      files.write({ 'rules.d/rules.yaml': rules });
      await mustNatmap(host, variant, live('apply', []), { env });
    },
  };
}

async function populate(docker: Docker): Promise<void> {
  await docker.client('network', 'create', 'front');
  await docker.client('network', 'create', 'back');
  await docker.client('network', 'create', '--ipv6', '--subnet', 'fd00:18::/64', 'six');
  for (const { name, network, ports } of servers) {
    await runServer(docker, name, ports, '--network', network, '--restart', 'always');
    await runIdle(docker, `near-${name}`, '--network', network, '--restart', 'always');
  }
  await docker.client('network', 'connect', 'back', 'api');
}

/** The address of the host on a network, which a container sees as the other side of masquerading. */
export async function gatewayOf(docker: Docker, container: string, network: string) {
  return (await addressOf(docker, container, network)).replace(/\.\d+$/, '.1');
}
