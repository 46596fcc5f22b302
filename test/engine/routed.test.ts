/**
 * `sources` on a Docker network whose gateway mode is `routed` (Docker 27 and later): Docker opens the port at
 * the container's own address to everyone, and natmap restricts it there.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { applyBeside } from '../support/beside-docker.ts';
import { dockerHasRoutedNetworks } from '../support/docker-version.ts';
import { type Docker, startDocker } from '../support/dockerd.ts';
import { connectFrom, runIdle, runServer } from '../support/engine.ts';
import { engineReason, families, variants } from '../support/kernel.ts';
import { mustNatmap } from '../support/natmap.ts';
import { addresses, createHosts, type Hosts, networks } from '../support/topology.ts';
import { answer, connect } from '../support/traffic.ts';

/** Addresses that clients have a route to. */
const container = { ipv4: '10.5.0.2', ipv6: '2001:db8:5::2' } as const;
const subnets = ['--subnet=10.5.0.0/24', '--subnet=2001:db8:5::/64', '--ipv6'];
const modes = ['ipv4', 'ipv6'].map(
  (family) => `--opt=com.docker.network.bridge.gateway_mode_${family}=routed`,
);

const sources = families.map((family) => networks[family].client1);
const closed = { milliseconds: 700 };

describe.skipIf(engineReason() || !dockerHasRoutedNetworks).each(variants)(
  'a routed network of dockerd on iptables-%s',
  (variant) => {
    let hosts: Hosts<'client1' | 'client2'>;
    let docker: Docker;

    beforeAll(async () => {
      hosts = await createHosts(['client1', 'client2']);
      const daemon = { ip6tables: true };
      docker = await startDocker(hosts.host, { variant, daemon });
      await docker.client('network', 'create', ...subnets, ...modes, 'front');
      await runServer(docker, 'web', ['tcp/80', 'tcp/81'], '--network=front', '--publish=8080:80');
      await runIdle(docker, 'neighbour', '--network=front');
    });

    afterAll(async () => {
      await docker?.[Symbol.asyncDispose]();
      await hosts?.[Symbol.asyncDispose]();
    });

    test('a snapshot has the port as routed, in both families', async () => {
      const { stdout } = await mustNatmap(hosts.host, variant, ['snapshot'], { env: docker.env });
      const { containers } = JSON.parse(stdout);
      expect(containers).toContainEqual(
        expect.objectContaining({
          name: 'web',
          published: [],
          routed: families.map((family) => ({ containerPort: 80, protocol: 'tcp', family })),
        }),
      );
    });

    test('without natmap everyone reaches the port, and no other port', async () => {
      await mustNatmap(hosts.host, variant, ['flush']);
      for (const family of families) {
        const { client2 } = hosts;
        const seen = answer('web', 80, addresses[family].client2);
        expect(await connect(client2, container[family], 80)).toBe(seen);
        expect(await connect(client2, container[family], 81, closed)).not.toContain('web');
      }
    });

    test.each([
      ['publish', { publish: [{ from: 'published', sources }] }],
      ['a docker entry', { docker: [{ container: 'web', ports: ['8081:80'], sources }] }],
    ])('with %s its sources reach it, and nobody else but neighbours', async (_, rules) => {
      await applyBeside(docker, variant, rules);
      for (const family of families) {
        const { client1, client2 } = hosts;
        const own = answer('web', 80, addresses[family].client1);
        expect(await connect(client1, container[family], 80)).toBe(own);
        expect(await connect(client2, container[family], 80, closed)).toBe('timeout');
        const neighbour = await connectFrom(docker, 'neighbour', container[family], 80);
        expect(neighbour).toMatch(/^web:80 saw /);
      }
    });
  },
);
