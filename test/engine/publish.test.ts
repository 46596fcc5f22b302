/**
 * `publish` beside a dockerd that makes rules of its own: with `sources` nobody else reaches what Docker
 * publishes, neither by Docker's rules nor by its proxy on this host, and without them all stays as it
 * was. Network `plain` has no IPv6, so that the proxy crosses over from one family to the other there.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { applyBeside } from '../support/beside-docker.ts';
import { dockerOpensContainers } from '../support/docker-version.ts';
import { type Docker, startDocker } from '../support/dockerd.ts';
import { addressOf, connectFrom, runIdle, runServer } from '../support/engine.ts';
import { save, savedBoth } from '../support/iptables.ts';
import { engineReason, type Family, families, type Variant, variants } from '../support/kernel.ts';
import { mustNatmap } from '../support/natmap.ts';
import { addresses, createHosts, type Hosts, networks } from '../support/topology.ts';
import { connect } from '../support/traffic.ts';

interface Place {
  readonly hosts: Hosts<'client1' | 'client2'>;
  readonly docker: Docker;
}

/** Published ports: the last of a range, one that has another inside, one of a container without IPv6. */
const ports = [7001, 8080, 8090];

/** Who answers there. */
const everyPort = ['web:7001', 'web:80', 'plain:80'];

const sources = families.map((family) => networks[family].client1);

const published = ['8080:80', '7000-7001:7000-7001', '127.0.0.1:9000:9000'];
const listening = ['tcp/80', 'tcp/7000', 'tcp/7001', 'tcp/9000'];

describe.skipIf(engineReason()).each(variants)('publish with dockerd on iptables-%s', (variant) => {
  const shared = {} as { -readonly [K in keyof Place]: Place[K] };
  const apply = (entry: object) => applyBeside(shared.docker, variant, { publish: [entry] });
  const flush = () => mustNatmap(shared.hosts.host, variant, ['flush']);

  beforeAll(async () => {
    shared.hosts = await createHosts(['client1', 'client2']);
    const ipv6 = { experimental: true, ip6tables: true, ipv6: true };
    const daemon = { ...ipv6, 'fixed-cidr-v6': '2001:db8:17::/64' };
    shared.docker = await startDocker(shared.hosts.host, { variant, daemon });
    const { docker } = shared;
    await docker.client('network', 'create', 'plain');
    await runServer(docker, 'web', listening, ...published.map((port) => `--publish=${port}`));
    await runServer(docker, 'plain', ['tcp/80'], '--network=plain', '--publish=8090:80');
    await runIdle(docker, 'neighbour');
  });
  afterAll(async () => {
    await shared.docker?.[Symbol.asyncDispose]();
    await shared.hosts?.[Symbol.asyncDispose]();
  });

  describe.each([
    ['without natmap', () => flush()],
    ['with publish, but without sources', () => apply({ from: 'published' })],
  ])('%s', (_, setUp) => {
    beforeAll(async () => {
      await setUp();
    });

    test.each(families)('everyone gets in, by the rules or by the proxy, %s', async (family) => {
      expect(await replies(shared, family)).toEqual({
        client1: everyPort,
        client2: everyPort,
        host: everyPort,
        'host on loopback': everyPort,
        web: everyPort,
        neighbour: everyPort,
        'plain, over IPv4': everyPort,
      });
    });
  });

  test.each(families)(
    'with sources nobody else gets in from another network, %s',
    async (family) => {
      await apply({ from: 'published', sources });
      expect(await replies(shared, family)).toEqual({
        client1: everyPort,
        client2: ['nobody', 'nobody', 'nobody'],
        host: everyPort,
        'host on loopback': everyPort,
        // What is in one network reaches each other's ports anyway; over the host, by the proxy.
        web: ['web:7001', 'web:80', 'nobody'],
        neighbour: ['web:7001', 'web:80', 'nobody'],
        'plain, over IPv4': ['nobody', 'nobody', 'plain:80'],
      });
    },
  );

  test.each(families)(
    'with sources nobody else gets in straight, past the host port, %s',
    async (family) => {
      const { docker, hosts } = shared;
      const field = family === 'ipv4' ? 'IPAddress' : 'GlobalIPv6Address';
      const web = await addressOf(docker, 'web', 'bridge', field);
      const straight = async () => {
        const calls = [
          connect(hosts.client1, web, 80, { milliseconds: 1500 }),
          connect(hosts.client2, web, 80, { milliseconds: 1500 }),
          connectFrom(docker, 'neighbour', web, 80),
        ];
        return (await Promise.all(calls)).map(answerer);
      };
      await apply({ from: 'published' });
      const outside = dockerOpensContainers ? 'web:80' : 'nobody';
      expect(await straight()).toEqual([outside, outside, 'web:80']);
      await apply({ from: 'published', sources });
      expect(await straight()).toEqual([outside, 'nobody', 'web:80']);
    },
  );

  test.each(families)(
    'packets of others are dropped before any translation, %s',
    async (family) => {
      await apply({ from: 'published', sources });
      await connect(shared.hosts.client2, addresses[family].host, 8080, { milliseconds: 500 });
      const text = await save(shared.hosts.host, variant, family);
      expect(text).toMatch(/^\[[1-9]\d*:\d+\] -A NATMAP-R-tcp-\d+ .* -j DROP$/m);
    },
  );

  test('a port that Docker publishes on loopback stays there, and is none of our rules', async () => {
    await apply({ from: 'published', sources });
    const { host, client1 } = shared.hosts;
    expect(await connect(host, '127.0.0.1', 9000)).toContain('web:9000');
    expect(await connect(client1, addresses.ipv4.host, 9000)).toBe('refused');
    const { ipv4, ipv6 } = await savedBoth(host, variant);
    const ours = [...ipv4, ...ipv6].filter((line) => line.includes('natmap:docker:web'));
    expect(ours.length).toBeGreaterThan(0);
    expect(ours.filter((line) => line.includes('9000'))).toEqual([]);
  });

  // The engine's own rules lead to the new address, and the restriction names only the host's port.
  test('a container that is re-created with another address has the same clients, without a new apply', async () => {
    await apply({ from: 'published', sources });
    const { docker, hosts } = shared;
    const before = await addressOf(docker, 'web', 'bridge');
    await docker.client('rm', '--force', 'web');
    await runIdle(docker, 'successor');
    await runServer(docker, 'web', listening, ...published.map((port) => `--publish=${port}`));
    expect(await addressOf(docker, 'web', 'bridge')).not.toBe(before);
    const answers = families.map(async (family) => {
      const { host } = addresses[family];
      const calls = [hosts.client1, hosts.client2].map((from) => connect(from, host, 8080, brief));
      return (await Promise.all(calls)).map(answerer);
    });
    expect(await Promise.all(answers)).toEqual(families.map(() => ['web:80', 'nobody']));
    await docker.client('rm', '--force', 'successor');
  });

  test("Docker's own rules are as they were", async () => {
    await flush();
    const before = await dockersRules(shared, variant);
    await apply({ from: 'published', sources });
    expect(await dockersRules(shared, variant)).toEqual(before);
  });
});

/** Which answers come on each port of the host. */
async function replies({ hosts, docker }: Place, family: Family): Promise<object> {
  const { host } = addresses[family];
  const loopback = family === 'ipv4' ? '127.0.0.1' : '::1';
  const calls = {
    client1: (port: number) => connect(hosts.client1, host, port, brief),
    client2: (port: number) => connect(hosts.client2, host, port, brief),
    host: (port: number) => connect(hosts.host, host, port, brief),
    'host on loopback': (port: number) => connect(hosts.host, loopback, port, brief),
    web: (port: number) => connectFrom(docker, 'web', host, port, brief),
    neighbour: (port: number) => connectFrom(docker, 'neighbour', host, port, brief),
    'plain, over IPv4': (port: number) =>
      connectFrom(docker, 'plain', addresses.ipv4.host, port, brief),
  };
  const found = Object.entries(calls).map(async ([caller, call]) => {
    const all = await Promise.all(ports.map(call));
    return [caller, all.map(answerer)] as const;
  });
  return Object.fromEntries(await Promise.all(found));
}

/** For calls that may not be answered. */
const brief = { milliseconds: 4000 };

function answerer(reply: string): string {
  return reply === 'timeout' ? 'nobody' : (reply.split(' ')[0] ?? '');
}

async function dockersRules({ hosts }: Place, variant: Variant): Promise<string[]> {
  const { ipv4, ipv6 } = await savedBoth(hosts.host, variant);
  return [...ipv4, ...ipv6].filter((line) => !/NATMAP|DOCKER-USER/.test(line));
}
