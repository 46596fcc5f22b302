/**
 * Packets through natmap's mappings on a host with a real dockerd: from outside, from the host, from
 * the container itself and from its neighbour; and what has to hold when Docker moves things.
 */
import { beforeAll, describe, expect, test } from 'vitest';
import { gatewayOf, servers, useDockerHost } from '../support/docker-host.ts';
import { addressOf, connectFrom, runIdle, runServer, untilReady } from '../support/engine.ts';
import { chain, savedBoth } from '../support/iptables.ts';
import { engineReason, families, variants } from '../support/kernel.ts';
import { mustNatmap } from '../support/natmap.ts';
import { bridgeModes, setBridgeNetfilter } from '../support/stage.ts';
import { addresses, networks } from '../support/topology.ts';
import { answer, connect } from '../support/traffic.ts';

const outside = addresses.ipv4;

const rules = `
docker:
  - {container: web, ports: ["8080:80"]}
  - {container: api, network: front, ports: ["8090:80", "203.0.113.44:81:80"]}
  - {container: db, ports: ["8100:80", "8053:53/udp"]}
`;

/** Where the containers of {@link servers} are mapped to. */
const mapped = servers.map(({ name, network }, index) => ({
  name,
  network,
  port: 8080 + 10 * index,
}));

describe.skipIf(engineReason()).each(variants)('with Docker on iptables-%s', (variant) => {
  const given = useDockerHost({ variant });
  const host = () => given.current.hosts.host;

  /** What neither natmap wrote nor leads to it. */
  const others = async () => {
    const saved = await savedBoth(host(), variant);
    return families.map((family) => saved[family].filter((line) => !/natmap:|NATMAP/.test(line)));
  };

  beforeAll(() => given.current.apply(rules));

  describe.each(mapped)('$name on network $network', ({ name, network, port }) => {
    test('is reached from outside, and sees who calls', async () => {
      const { client1 } = given.current.hosts;
      expect(await connect(client1, outside.host, port)).toBe(answer(name, 80, outside.client1));
    });

    test('is reached by the host on its own address', async () => {
      expect(await connect(host(), outside.host, port)).toBe(answer(name, 80, outside.host));
    });

    test('is reached by the host on 127.0.0.1 when route_localnet is set', async () => {
      const gateway = await gatewayOf(given.current.docker, name, network);
      await host().sysctl('net.ipv4.conf.all.route_localnet', 1);
      const reply = await connect(host(), '127.0.0.1', port);
      await host().sysctl('net.ipv4.conf.all.route_localnet', 0);
      expect(reply).toBe(answer(name, 80, gateway));
    });

    // Docker gives bridge ports hairpin mode only when it runs without its userland proxy.
    test('is reached by itself', async () => {
      const { docker, hosts } = given.current;
      await setBridgeNetfilter(hosts, 'off');
      const reply = await connectFrom(docker, name, outside.host, port);
      await setBridgeNetfilter(hosts, 'on');
      expect(reply).toBe(answer(name, 80, await gatewayOf(docker, name, network)));
    });

    // Without br_netfilter a neighbour's answer goes straight through the bridge, untranslated.
    test.skipIf(!bridgeModes.includes('on'))('is reached by its neighbour', async () => {
      const { docker, hosts } = given.current;
      await setBridgeNetfilter(hosts, 'on');
      const neighbour = await addressOf(docker, `near-${name}`, network);
      const reply = await connectFrom(docker, `near-${name}`, outside.host, port);
      expect(reply).toBe(answer(name, 80, neighbour));
    });
  });

  test('a UDP port is reached', async () => {
    const { client2 } = given.current.hosts;
    const reply = await connect(client2, outside.host, 8053, { protocol: 'udp' });
    expect(reply).toBe(answer('db', 53, outside.client2));
  });

  test('a mapping of one address is there, and not on another', async () => {
    const { client1 } = given.current.hosts;
    expect(await connect(client1, outside.second, 81)).toBe(answer('api', 80, outside.client1));
    expect(await connect(client1, outside.host, 81)).toBe('refused');
  });

  test('IPv6: is reached from outside and by the host', async () => {
    const { client1 } = given.current.hosts;
    const at = addresses.ipv6;
    expect(await connect(client1, at.host, 8100)).toBe(answer('db', 80, at.client1));
    expect(await connect(host(), at.host, 8100)).toBe(answer('db', 80, at.host));
  });

  test('a container on another network reaches it through the host', async () => {
    const { docker } = given.current;
    const reply = await connectFrom(docker, 'near-web', outside.host, 8090);
    // Docker masquerades what leaves one of its networks.
    expect(reply).toBe(answer('api', 80, await gatewayOf(docker, 'api', 'front')));
  });

  describe('afterwards', () => {
    test('a host port is moved without touching the container', async () => {
      const { docker, hosts, apply } = given.current;
      const started = () => docker.client('inspect', '--format', '{{.State.StartedAt}}', 'web');
      const before = await started();
      await apply(rules.replace('8080:80', '8888:80'));
      expect(await connect(hosts.client1, outside.host, 8888)).toBe(
        answer('web', 80, outside.client1),
      );
      expect(await connect(hosts.client1, outside.host, 8080)).toBe('refused');
      expect(await started()).toBe(before);
      await apply(rules);
    });

    test('a container with a new address is found again by apply, and Docker keeps its rules', async () => {
      const { docker, hosts, apply, natmap } = given.current;
      const was = await addressOf(docker, 'web', 'bridge');
      await docker.client('rm', '--force', 'web');
      await runIdle(docker, 'squatter');
      await runServer(docker, 'web', ['tcp/80']);
      expect(await addressOf(docker, 'squatter', 'bridge')).toBe(was);
      expect(await connect(hosts.client1, outside.host, 8080)).toBe('refused');
      const before = await others();
      expect(await natmap('diff')).toMatchObject({ code: 1 });
      await apply(rules);
      expect(await connect(hosts.client1, outside.host, 8080)).toBe(
        answer('web', 80, outside.client1),
      );
      expect(await others()).toEqual(before);
      expect(await natmap('diff')).toMatchObject({ code: 0 });
    });

    test('Docker restarts, and apply again fixes whatever that moved', async () => {
      const { docker, hosts, apply, natmap } = given.current;
      await docker.restart();
      await docker.client('start', 'web');
      for (const { name } of servers) await untilReady(docker, name);
      const before = await others();
      await apply(rules);
      for (const { name, port } of mapped) {
        const reply = await connect(hosts.client1, outside.host, port);
        expect(reply).toBe(answer(name, 80, outside.client1));
      }
      expect(await others()).toEqual(before);
      expect(await natmap('diff')).toMatchObject({ code: 0 });
    });

    test('flush leaves what Docker has', async () => {
      const before = await others();
      const saved = await savedBoth(host(), variant);
      expect(chain(saved.ipv4, 'filter', 'DOCKER-USER')).toContain('-A DOCKER-USER -j NATMAP');
      await mustNatmap(host(), variant, ['flush']);
      expect(await others()).toEqual(before);
    });
  });
});

/** Docker then sets route_localnet on its bridges and hairpin mode on their ports itself. */
describe.skipIf(engineReason())('with a dockerd without its userland proxy', () => {
  const given = useDockerHost({ variant: 'nft', daemon: { 'userland-proxy': false } });

  test.each(mapped)(
    '$name is reached by itself and on 127.0.0.1',
    async ({ name, network, port }) => {
      const { docker, hosts, apply } = given.current;
      await apply(rules);
      await setBridgeNetfilter(hosts, 'on');
      const seen = answer(name, 80, await gatewayOf(docker, name, network));
      expect(await connectFrom(docker, name, outside.host, port)).toBe(seen);
      expect(await connect(hosts.host, '127.0.0.1', port)).toBe(seen);
    },
  );

  test('what it publishes is reached by its neighbours, though not one of the sources', async () => {
    const { docker, hosts, apply } = given.current;
    await runServer(docker, 'shop', ['tcp/80'], '--publish', '8400:80');
    const calls = () =>
      Promise.all([
        connect(hosts.client2, outside.host, 8400, { milliseconds: 1500 }),
        connectFrom(docker, 'shop', outside.host, 8400),
        connectFrom(docker, 'near-web', outside.host, 8400),
      ]);
    const answers = async () => (await calls()).map((reply) => reply.includes('shop:80'));
    expect(await answers()).toEqual([true, true, true]);
    await apply(`publish: [{from: published, sources: [${networks.ipv4.client1}]}]`);
    expect(await answers()).toEqual([false, true, true]);
  });
});
