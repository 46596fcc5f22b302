/**
 * Podman, as far as natmap goes with it: a snapshot, and a container reached through a mapping.
 * What podman itself publishes goes through netavark's rules, which natmap leaves alone.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addressOf, connectFrom, type Engine, runIdle, runServer } from '../support/engine.ts';
import { savedBoth } from '../support/iptables.ts';
import { engineReason, families } from '../support/kernel.ts';
import { mustNatmap, natmapPath } from '../support/natmap.ts';
import { startPodman } from '../support/podman.ts';
import { bridgeModes, setBridgeNetfilter } from '../support/stage.ts';
import { addresses, createHosts, type Hosts, networks } from '../support/topology.ts';
import { answer, connect } from '../support/traffic.ts';
import { createWorkspace, type Workspace } from '../support/workspace.ts';

const at = addresses.ipv4;

describe.skipIf(engineReason())('podman', () => {
  let hosts: Hosts<'client1' | 'client2'>;
  let podman: Engine;
  let files: Workspace;
  const natmap = (...args: readonly string[]) =>
    mustNatmap(hosts.host, 'nft', args, { env: podman.env });
  const apply = () =>
    natmap(
      ...['apply', '--rules', files.file('rules.d')],
      ...['--docker', 'live', '--docker-command', 'podman'],
    );

  beforeAll(async () => {
    hosts = await createHosts(['client1', 'client2']);
    podman = await startPodman(hosts.host);
    files = createWorkspace({
      'rules.d/a.yaml':
        'docker: [{container: web, network: six, ports: ["8080:80", "8053:53/udp"]}]\n',
    });
    await podman.client(
      'network',
      'create',
      '--ipv6',
      '--subnet',
      '10.89.0.0/24',
      '--subnet',
      'fd00:89::/64',
      'six',
    );
    await runServer(
      podman,
      'web',
      ['tcp/80', 'udp/53'],
      '--network',
      'six',
      '--publish',
      '8081:80',
    );
    await runIdle(podman, 'neighbour', '--network', 'six');
    await apply();
  });

  afterAll(async () => {
    files?.[Symbol.dispose]();
    await podman?.[Symbol.asyncDispose]();
    await hosts?.[Symbol.asyncDispose]();
  });

  test('is distinguished from docker, with its networks and containers', async () => {
    const { stdout } = await hosts.host.run(
      process.execPath,
      [natmapPath, 'snapshot', '--docker-command', 'podman'],
      { env: podman.env },
    );
    const { engine, containers, networks } = JSON.parse(stdout);
    expect(engine).toMatchObject({ kind: 'podman', rootless: false, firewall: null });
    expect(engine.version).toMatch(/^\d+\.\d+/);
    expect(containers).toMatchObject([
      { name: 'neighbour' },
      {
        name: 'web',
        attachments: [{ network: 'six', ipv6: 'fd00:89::2' }],
        // Podman leaves HostIp empty where it publishes for both families.
        published: [
          { containerPort: 80, hostIp: '0.0.0.0', hostPort: 8081 },
          { containerPort: 80, hostIp: '::', hostPort: 8081 },
        ],
      },
    ]);
    expect(networks).toMatchObject([
      { name: 'podman', bridge: 'podman0' },
      { name: 'six', subnets: ['10.89.0.0/24', 'fd00:89::/64'] },
    ]);
  });

  test('has its container reached from outside, both families, and by UDP', async () => {
    const { client1 } = hosts;
    expect(await connect(client1, at.host, 8080)).toBe(answer('web', 80, at.client1));
    const { ipv6 } = addresses;
    expect(await connect(client1, ipv6.host, 8080)).toBe(answer('web', 80, ipv6.client1));
    const reply = await connect(client1, at.host, 8053, { protocol: 'udp' });
    expect(reply).toBe(answer('web', 53, at.client1));
  });

  test('has it reached by the host, on 127.0.0.1 with route_localnet', async () => {
    expect(await connect(hosts.host, at.host, 8080)).toBe(answer('web', 80, at.host));
    await hosts.host.sysctl('net.ipv4.conf.all.route_localnet', 1);
    const reply = await connect(hosts.host, '127.0.0.1', 8080);
    await hosts.host.sysctl('net.ipv4.conf.all.route_localnet', 0);
    expect(reply).toBe(answer('web', 80, '10.89.0.1'));
  });

  test('has it reached by itself', async () => {
    await setBridgeNetfilter(hosts, 'off');
    const reply = await connectFrom(podman, 'web', at.host, 8080);
    await setBridgeNetfilter(hosts, 'on');
    expect(reply).toBe(answer('web', 80, '10.89.0.1'));
  });

  test.skipIf(!bridgeModes.includes('on'))('has it reached by its neighbour', async () => {
    await setBridgeNetfilter(hosts, 'on');
    const reply = await connectFrom(podman, 'neighbour', at.host, 8080);
    expect(reply).toBe(answer('web', 80, await addressOf(podman, 'neighbour', 'six')));
  });

  test('has its published port reached by sources only, in both families', async () => {
    const rules = {
      publish: [{ from: 'published', sources: [networks.ipv4.client1, networks.ipv6.client1] }],
    };
    files.write({ 'sources/a.yaml': JSON.stringify(rules) });
    const args = ['--rules', files.file('sources'), '--docker', 'live'];
    await natmap('apply', ...args, '--docker-command', 'podman');
    for (const family of families) {
      const { host, client1 } = addresses[family];
      expect(await connect(hosts.client1, host, 8081)).toBe(answer('web', 80, client1));
      const others = await connect(hosts.client2, host, 8081, { milliseconds: 700 });
      expect(others).not.toContain('web');
    }
    await apply();
    const { ipv6 } = addresses;
    expect(await connect(hosts.client2, ipv6.host, 8081)).toBe(answer('web', 80, ipv6.client2));
  });

  test('keeps its own rules when a container comes back elsewhere and apply finds it', async () => {
    await podman.client('rm', '--force', '--time', '0', 'web');
    await runIdle(podman, 'squatter', '--network', 'six');
    await runServer(
      podman,
      'web',
      ['tcp/80', 'udp/53'],
      '--network',
      'six',
      '--publish',
      '8081:80',
    );
    const others = async () => {
      const saved = await savedBoth(hosts.host, 'nft');
      return families.map((family) => saved[family].filter((line) => !/natmap:|NATMAP/.test(line)));
    };
    const before = await others();
    await apply();
    expect(await others()).toEqual(before);
    expect(await connect(hosts.client1, at.host, 8080)).toBe(answer('web', 80, at.client1));
    expect(await connect(hosts.client1, at.host, 8081)).toBe(answer('web', 80, at.client1));
  });
});
