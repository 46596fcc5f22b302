/**
 * What docs/containers.md promises of publish, labels, balance and stopped containers, with real containers and
 * packets. `sources` beside Docker's proxy: publish.test.ts; gateway mode `routed`: routed.test.ts; masquerade:
 * without-iptables.test.ts; Docker's nftables backend: test/kernel/docker-nftables.test.ts.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { start } from '../support/background.ts';
import { applyBeside } from '../support/beside-docker.ts';
import { dockerOpensContainers } from '../support/docker-version.ts';
import { type Docker, startDocker } from '../support/dockerd.ts';
import { addressOf, connectFrom, runIdle, runServer } from '../support/engine.ts';
import { engineReason } from '../support/kernel.ts';
import { addresses, createHosts, type Hosts, networks } from '../support/topology.ts';
import { answer, census, connect } from '../support/traffic.ts';

const at = addresses.ipv4;
const office = [networks.ipv4.client1];
const closed = { milliseconds: 700 };

/** Sends a byte now and then over one connection, and prints what comes back. */
const talk = `const socket = require('node:net').connect({ host: '${at.host}', port: 8082 });
setInterval(() => socket.write('.'), 50);
socket.on('data', (text) => process.stdout.write(text)).on('error', () => process.exit());`;

const echo = `require('node:net').createServer((socket) => socket.on('error', () => {}).pipe(socket)).listen(82)`;

describe.skipIf(engineReason())('docs/containers.md with dockerd', () => {
  let hosts: Hosts<'client1' | 'client2'>;
  let docker: Docker;
  const apply = (rules: object) => applyBeside(docker, 'nft', rules);
  const call = (client: 'client1' | 'client2', port: number, address: string = at.host) =>
    connect(hosts[client], address, port, closed);
  const runWeb = () =>
    runServer(
      docker,
      'web',
      ['tcp/80'],
      '--publish=8080:80',
      '--publish=8082:82',
      '--label=tier=prod',
    );

  beforeAll(async () => {
    hosts = await createHosts(['client1', 'client2']);
    docker = await startDocker(hosts.host, { variant: 'nft', daemon: {} });
    await docker.client('network', 'create', '--subnet=172.29.0.0/24', 'other');
    await runWeb();
    await docker.client('exec', '--detach', 'web', process.execPath, '-e', echo);
    await runServer(docker, 'old-debug', ['tcp/80'], '--publish=8090:80', '--label=tier=prod');
    await runIdle(docker, 'proxy', '--network=other');
    const asked = '--label=natmap.ports=8200:80,203.0.113.44:8201:80,192.0.2.99:8202:80';
    await runServer(docker, 'asker', ['tcp/80'], asked);
    for (const number of [1, 2, 3]) {
      const labels = [`project=shop`, `service=api`, `container-number=${number}`, 'oneoff=False'];
      const args = labels.map((label) => `--label=com.docker.compose.${label}`);
      await runServer(docker, `shop-api-${number}`, ['tcp/80'], ...args);
    }
  });

  afterAll(async () => {
    await docker?.[Symbol.asyncDispose]();
    await hosts?.[Symbol.asyncDispose]();
  });

  test('select and exclude: the containers of which everything holds are restricted, and no others', async () => {
    const select = { label: { tier: 'prod' } };
    const entry = { from: 'published', select, exclude: { name: '*-debug' }, sources: office };
    await apply({ publish: [entry] });
    expect(await call('client1', 8080)).toBe(answer('web', 80, at.client1));
    expect(await call('client2', 8080)).toBe('timeout');
    expect(await call('client2', 8090)).toBe(answer('old-debug', 80, at.client2));
  });

  test('several entries about one port let in the sources of all of them, and one without sources everyone', async () => {
    const one = { from: 'published', select: { name: 'web' } };
    const first = { ...one, sources: office };
    await apply({ publish: [first, { ...one, sources: [`${at.client2}/32`] }] });
    expect(await call('client1', 8080)).toContain('web:80');
    expect(await call('client2', 8080)).toContain('web:80');
    expect(await call('client2', 80, await addressOf(docker, 'web', 'bridge'))).toContain(
      dockerOpensContainers ? 'web:80' : 'timeout',
    );
    await apply({ publish: [first, one] });
    expect(await call('client2', 8080)).toContain('web:80');
  });

  test('containers on other bridges are other clients: their subnet can be among the sources', async () => {
    const entry = { from: 'published', select: { name: 'web' } };
    await apply({ publish: [{ ...entry, sources: office }] });
    expect(await connectFrom(docker, 'proxy', at.host, 8080, closed)).toBe('timeout');
    await apply({ publish: [{ ...entry, sources: [...office, '172.29.0.0/24'] }] });
    expect(await connectFrom(docker, 'proxy', at.host, 8080)).toContain('web:80');
  });

  test('other containers with the same port are closed to direct routes, but not their published ports', async () => {
    await apply({ publish: [{ from: 'published', select: { name: 'web' }, sources: office }] });
    const other = await addressOf(docker, 'old-debug', 'bridge');
    expect(await call('client2', 80, other)).toBe('timeout');
    expect(await call('client2', 8090)).toContain('old-debug:80');
  });

  test("natmap's own mapping to a restricted container is for its own sources", async () => {
    await apply({
      publish: [{ from: 'published', select: { name: 'web' }, sources: office }],
      docker: [{ container: 'web', ports: ['8300:80'] }],
    });
    expect(await call('client2', 8300)).toBe(answer('web', 80, at.client2));
  });

  test('clients that are connected when sources become narrower are cut off', async () => {
    const entry = { from: 'published', select: { name: 'web' } };
    await apply({ publish: [entry] });
    const client = start(...hosts.client2.inside(process.execPath, '-e', talk));
    await expect.poll(() => client.printed().length, { timeout: 10_000 }).toBeGreaterThan(3);
    await apply({ publish: [{ ...entry, sources: office }] });
    // What was on its way.
    await wait(300);
    const heard = client.printed().length;
    await wait(1500);
    expect(client.printed()).toHaveLength(heard);
    client.signal('SIGKILL');
  });

  test('the restriction holds when the container is re-created with another address, without a new apply', async () => {
    await apply({ publish: [{ from: 'published', select: { name: 'web' }, sources: office }] });
    const before = await addressOf(docker, 'web', 'bridge');
    await docker.client('rm', '--force', 'web');
    await runIdle(docker, 'squatter');
    await runWeb();
    const now = await addressOf(docker, 'web', 'bridge');
    expect(now).not.toBe(before);
    expect(await call('client2', 8080)).toBe('timeout');
    expect(await call('client2', 80, now)).toBe('timeout');
    // A DNAT of natmap's own, which the entry makes besides, leads to the address of before: see `publish`.
    await apply({ publish: [{ from: 'published', select: { name: 'web' }, sources: office }] });
    expect(await call('client1', 8080)).toBe(answer('web', 80, at.client1));
  });

  test('labels: a container gets the ports that it asks for, and of host addresses only those listed', async () => {
    await apply({ publish: [{ from: 'labels', addresses: [at.second] }] });
    expect(await call('client2', 8200)).toBe(answer('asker', 80, at.client2));
    expect(await call('client2', 8201, at.second)).toBe(answer('asker', 80, at.client2));
    expect(await call('client2', 8201)).toBe('refused');
    expect(await hosts.host.mustRun('iptables-nft-save', ['-t', 'nat'])).not.toContain(
      '192.0.2.99',
    );
  });

  test.each([
    ['round-robin', { 'shop-api-1': 4, 'shop-api-2': 4, 'shop-api-3': 4 }],
    ['random', null],
  ])(
    'balance: %s spreads new connections over the containers of the service',
    async (balance, even) => {
      await apply({ docker: [{ container: 'shop/api', balance, ports: ['8000:80'] }] });
      const found = await census(hosts.client1, at.host, 8000, 12);
      if (even !== null) expect(found).toEqual(even);
      expect(Object.values(found).reduce((sum, each) => sum + each)).toBe(12);
      expect(Object.keys(found).every((name) => name.startsWith('shop-api-'))).toBe(true);
    },
  );

  test('when_stopped: omit leaves the entry of a stopped container out, and applies the others', async () => {
    await docker.client('stop', '--time=0', 'asker');
    const omitted = { container: 'asker', ports: ['8400:80'], when_stopped: 'omit' };
    await apply({ docker: [omitted, { container: 'shop-api-1', ports: ['8401:80'] }] });
    expect(await call('client1', 8400)).toBe('refused');
    expect(await call('client1', 8401)).toBe(answer('shop-api-1', 80, at.client1));
  });
});
