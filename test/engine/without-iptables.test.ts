/**
 * A host whose Docker runs with `"iptables": false`, and whose own policy for FORWARD is DROP: `publish`
 * and `masquerade` give its containers what Docker's own rules give, and nothing more.
 */
import { describe, expect, test } from 'vitest';
import { applyBeside } from '../support/beside-docker.ts';
import { dockerOpensContainers } from '../support/docker-version.ts';
import { type Docker, startDocker } from '../support/dockerd.ts';
import { addressOf, connectFrom, runIdle, runServer } from '../support/engine.ts';
import { load, program } from '../support/iptables.ts';
import { engineReason, type Family, families, type Variant, variants } from '../support/kernel.ts';
import { addresses, createHosts, type Hosts, networks } from '../support/topology.ts';
import { answer, type CallOptions, connect, serve } from '../support/traffic.ts';

/** Docker 28 goes on making IPv6 rules unless configured otherwise. */
const withoutRules = { iptables: false, ip6tables: false };

/** For calls that must not be answered. */
const brief = { milliseconds: 700 };

/**
 * A host with dockerd: `web` on the default network, `db` on network `other`, and `guest` on network
 * `own`, which was made without masquerading; all dual-stack.
 */
interface Place extends AsyncDisposable {
  readonly hosts: Hosts<'client1' | 'client2'>;
  readonly docker: Docker;
  readonly variant: Variant;
}

describe.skipIf(engineReason()).each(variants)(
  'dockerd without iptables, natmap on %s',
  (variant) => {
    test.each([
      ["Docker's own rules", { iptables: true, ip6tables: true }, null],
      [
        'publish and masquerade',
        withoutRules,
        { publish: [{ from: 'published' }], masquerade: ['bridge', 'other', 'own'] },
      ],
    ])('%s let through the same', async (_, daemon, ruleSet) => {
      await using place = await createPlace(variant, daemon);
      if (ruleSet !== null) await applyBeside(place.docker, variant, ruleSet);
      for (const family of families) {
        const guest = ruleSet !== null || dockerOpensContainers ? 'as itself' : 'unanswered';
        expect(await outcomes(place, family), family).toEqual(expectedOutcomes(family, guest));
      }
    });

    test('a network that is not named gets nothing, and one that is reaches no other', async () => {
      await using place = await createPlace(variant, withoutRules);
      const { docker, hosts } = place;
      for (const family of families) {
        const { client1 } = addresses[family];
        const db = await ipOf(docker, 'db', 'other', family);
        const fromWeb = (options?: CallOptions) => connectFrom(docker, 'web', db, 5432, options);
        await applyBeside(docker, variant, { publish: [{ from: 'published' }] });
        await setForwardPolicy(place, family, 'ACCEPT');
        expect(await fromWeb(), family).toContain('db:5432');
        await applyBeside(docker, variant, { masquerade: ['bridge'] });
        expect(await fromWeb(brief), family).toBe('timeout');
        await setForwardPolicy(place, family, 'DROP');
        expect(await fromWeb(brief), family).toBe('timeout');
        expect(await connectFrom(docker, 'db', client1, 8080, brief), family).toBe('timeout');
        const web = await ipOf(docker, 'web', 'bridge', family);
        expect(await connect(hosts.client1, web, 80, brief), family).toBe('timeout');
      }
    });

    test('with sources a client from there gets in, and no other by the proxy either', async () => {
      await using place = await createPlace(variant, withoutRules);
      const { client1, client2 } = place.hosts;
      const sources = families.map((family) => networks[family].client1);
      const published = (family: Family) => addresses[family].host;
      for (const family of families) {
        expect(await connect(client2, published(family), 8080)).toContain('web:80');
      }
      await applyBeside(place.docker, variant, { publish: [{ from: 'published', sources }] });
      for (const family of families) {
        const reply = await connect(client1, published(family), 8080);
        expect(reply).toBe(answer('web', 80, addresses[family].client1));
        expect(await connect(client2, published(family), 8080, brief)).toBe('timeout');
      }
    });
  },
);

/** Who answers, and where the source counts, which one it saw. */
function expectedOutcomes(
  family: Family,
  guest: 'as itself' | 'unanswered',
): Readonly<Record<string, string>> {
  const at = addresses[family];
  return {
    'client to published port': answer('web', 80, at.client1),
    'client to container': 'timeout',
    'host to published port': answer('web', 80, at.host),
    'host to loopback': 'web',
    'web to itself by the host': 'web',
    'web to outside': answer('client1', 8080, at.host),
    'web to db': 'timeout',
    'db to outside': answer('client1', 8080, at.host),
    'db to web': 'timeout',
    'db to published port': 'web',
    // Docker 28 drops the replies as it drops all that others send straight to a container.
    'guest to outside': guest === 'as itself' ? answer('client1', 8080, guests[family]) : 'timeout',
  };
}

/** The address of `guest`, the first one of its network. */
const guests: Readonly<Record<Family, string>> = { ipv4: '172.31.0.2', ipv6: '2001:db8:31::2' };

async function outcomes({ docker, hosts }: Place, family: Family): Promise<object> {
  const at = addresses[family];
  const web = await ipOf(docker, 'web', 'bridge', family);
  const db = await ipOf(docker, 'db', 'other', family);
  const loopback = family === 'ipv4' ? '127.0.0.1' : '::1';
  const who = async (reply: Promise<string>) => (await reply).split(':')[0];
  const calls = {
    'client to published port': connect(hosts.client1, at.host, 8080),
    'client to container': connect(hosts.client1, web, 81, brief),
    'host to published port': connect(hosts.host, at.host, 8080),
    'host to loopback': who(connect(hosts.host, loopback, 8080)),
    'web to itself by the host': who(connectFrom(docker, 'web', at.host, 8080)),
    'web to outside': connectFrom(docker, 'web', at.client1, 8080),
    'web to db': connectFrom(docker, 'web', db, 5432, brief),
    'db to outside': connectFrom(docker, 'db', at.client1, 8080),
    'db to web': connectFrom(docker, 'db', web, 80, brief),
    'db to published port': who(connectFrom(docker, 'db', at.host, 8080)),
    'guest to outside': connectFrom(docker, 'guest', at.client1, 8080),
  };
  const replies = await Promise.all(Object.values(calls));
  return Object.fromEntries(Object.keys(calls).map((name, index) => [name, replies[index]]));
}

async function createPlace(variant: Variant, daemon: object): Promise<Place> {
  const hosts = await createHosts(['client1', 'client2']);
  const made: AsyncDisposable[] = [hosts];
  const dispose = async () => {
    for (const each of made.reverse()) await each[Symbol.asyncDispose]();
  };
  try {
    for (const family of families) await load(hosts.host, variant, family, forwardDrop);
    await serve(hosts.client1, 'client1', ['tcp/8080']);
    await hosts.host.ip(
      ...families.map((family) => `route add default via ${addresses[family].client1} dev vmbr0`),
    );
    const ipv6 = { experimental: true, ipv6: true, 'fixed-cidr-v6': '2001:db8:17::/64' };
    const docker = await startDocker(hosts.host, { variant, daemon: { ...ipv6, ...daemon } });
    made.push(docker);
    await startContainers(docker);
    return { hosts, docker, variant, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

async function startContainers(docker: Docker): Promise<void> {
  const subnets = ['--ipv6', '--subnet=172.30.0.0/16', '--subnet=2001:db8:30::/64'];
  await docker.client('network', 'create', ...subnets, 'other');
  const ownSubnets = ['--ipv6', '--subnet=172.31.0.0/16', '--subnet=2001:db8:31::/64'];
  const unmasked = '--opt=com.docker.network.bridge.enable_ip_masquerade=false';
  await docker.client('network', 'create', unmasked, ...ownSubnets, 'own');
  await runServer(docker, 'web', ['tcp/80', 'tcp/81'], '--publish=8080:80');
  await runServer(docker, 'db', ['tcp/5432'], '--network=other');
  await runIdle(docker, 'guest', '--network=own');
}

const forwardDrop = `*filter
:INPUT ACCEPT [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
COMMIT
`;

async function setForwardPolicy(
  { hosts, variant }: Place,
  family: Family,
  policy: string,
): Promise<void> {
  await hosts.host.mustRun(program(variant, family), ['--wait', '-P', 'FORWARD', policy]);
}

function ipOf(docker: Docker, container: string, network: string, family: Family) {
  const field = family === 'ipv4' ? 'IPAddress' : 'GlobalIPv6Address';
  return addressOf(docker, container, network, field);
}
