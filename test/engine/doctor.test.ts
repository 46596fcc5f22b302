/**
 * What doctor finds where a real dockerd runs. The findings are true, which packets show, and the
 * printed commands fix them.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dockerOpensContainers } from '../support/docker-version.ts';
import { type Docker, startDocker } from '../support/dockerd.ts';
import { type Diagnosis, diagnose, findingOf, fix } from '../support/doctor.ts';
import { addressOf, connectFrom, runIdle, runServer, untilReady } from '../support/engine.ts';
import { engineReason } from '../support/kernel.ts';
import { mustNatmap } from '../support/natmap.ts';
import { addresses, createHosts, type Hosts } from '../support/topology.ts';
import { answer, connect, serve } from '../support/traffic.ts';
import { createWorkspace } from '../support/workspace.ts';

const brief = { milliseconds: 700 };
const { client1, host: outer, second } = addresses.ipv4;

const files = createWorkspace({
  'rules.d/10-rules.yaml': `
docker: [{container: web, ports: ["8080:80", "127.0.0.1:8081:80"]}]
snat: [{int_ip: 172.17.0.0/16, ext_if: vmbr0, ext_ip: ${second}}]
`,
});
afterAll(() => files[Symbol.dispose]());
const snapshot = files.file('snapshot.json');
const inputs = ['--rules', files.file('rules.d'), '--docker', snapshot];

describe.skipIf(engineReason())('doctor beside dockerd', () => {
  let hosts: Hosts<'client1'>;
  let docker: Docker;

  beforeAll(async () => {
    hosts = await createHosts(['client1']);
    await hosts.host.ip(`route add default via ${client1} dev vmbr0`);
    docker = await startDocker(hosts.host, { variant: 'nft' });
    await runServer(docker, 'web', ['tcp/80']);
    await follow();
    return async () => {
      await docker?.[Symbol.asyncDispose]();
      await hosts[Symbol.asyncDispose]();
    };
  });

  const doctor = (): Promise<Diagnosis> => diagnose(hosts.host, 'nft', inputs, { env: docker.env });
  const follow = async () => {
    await mustNatmap(hosts.host, 'nft', ['snapshot', '-o', snapshot], { env: docker.env });
    await mustNatmap(hosts.host, 'nft', ['apply', ...inputs]);
  };
  const codes = async () => (await doctor()).findings.map(({ code }) => code);

  test('what is for the host only is closed to neighbours that route to it, by Docker or by the fix', async () => {
    const web = await addressOf(docker, 'web', 'bridge');
    await hosts.client1.ip(`route add ${web} via ${outer}`);
    if (dockerOpensContainers) {
      expect(await connect(hosts.client1, web, 80)).toBe(answer('web', 80, client1));
      await fix(hosts.host, findingOf(await doctor(), 'engine-loopback'));
    }
    expect(await connect(hosts.client1, web, 80, brief)).toBe('timeout');
    expect(await connect(hosts.client1, outer, 8080)).toBe(answer('web', 80, client1));
    expect(await codes()).not.toContain('engine-loopback');
  });

  test('the masquerade that Docker puts first when it starts does not hide an snat entry', async () => {
    await serve(hosts.client1, 'client1', ['tcp/9000']);
    const outside = () => connectFrom(docker, 'web', client1, 9000);
    expect(await outside()).toBe(answer('client1', 9000, second));
    await docker.client('update', '--restart', 'always', 'web');
    await docker.restart();
    await untilReady(docker, 'web');
    expect(await outside()).toBe(answer('client1', 9000, outer));
    await fix(hosts.host, findingOf(await doctor(), 'shadowed'));
    expect(await outside()).toBe(answer('client1', 9000, second));
    expect(await codes()).not.toContain('shadowed');
  });

  test('docker-proxy of another container is reported, and gone with it', async () => {
    await runIdle(docker, 'shop', '--publish', '8080:80');
    expect(findingOf(await doctor(), 'local-listener').message).toMatch(
      /^docker-proxy \(process \d+ and \d+\) listens on 0\.0\.0\.0:8080\/tcp and \[::\]:8080\/tcp/,
    );
    await docker.client('rm', '--force', 'shop');
    expect(await codes()).not.toContain('local-listener');
  });

  test('a container that got the address of another does not get its visitors', async () => {
    await docker.client('rm', '--force', 'web');
    await runServer(docker, 'database', ['tcp/80']);
    await runServer(docker, 'web', ['tcp/80']);
    expect(await connect(hosts.client1, outer, 8080)).toBe(answer('database', 80, client1));
    const found = await doctor();
    expect(findingOf(found, 'address-of-another').message).toMatch(
      /of container web, belongs to database/,
    );
    await fix(hosts.host, findingOf(found, 'address-of-another'), docker.env);
    expect(await connect(hosts.client1, outer, 8080)).toBe(answer('web', 80, client1));
    expect(await codes()).not.toContain('address-of-another');
  });

  test('a container that has another address is followed', async () => {
    await docker.client('rm', '--force', 'web', 'database');
    for (const name of ['one', 'two', 'three']) await runIdle(docker, name);
    await runServer(docker, 'web', ['tcp/80']);
    await docker.client('rm', '--force', 'one', 'two', 'three');
    const found = await doctor();
    const { message } = findingOf(found, 'address-changed');
    expect(message).toContain(`container web has ${await addressOf(docker, 'web', 'bridge')} now`);
    await fix(hosts.host, findingOf(found, 'address-changed'), docker.env);
    expect(await connect(hosts.client1, outer, 8080)).toBe(answer('web', 80, client1));
    expect(await codes()).not.toContain('address-changed');
  });
});

test.skipIf(engineReason())('a dockerd that makes no rules is reported', async () => {
  await using hosts = await createHosts(['client1']);
  await hosts.host.ip(`route add default via ${client1} dev vmbr0`);
  await using docker = await startDocker(hosts.host, {
    variant: 'nft',
    daemon: { iptables: false },
  });
  await runServer(docker, 'web', ['tcp/80']);
  const { env } = docker;
  using rules = createWorkspace({ 'a.yaml': 'docker: [{container: web, ports: ["8080:80"]}]\n' });
  const live = ['--rules', rules.path, '--docker', 'live'];
  await mustNatmap(hosts.host, 'nft', ['apply', ...live], { env });
  const { findings, unread } = await diagnose(hosts.host, 'nft', live, { env });
  expect(unread).toEqual([]);
  expect(findings.map(({ code }) => code)).toContain('engine-without-rules');
  const masquerade = '-t nat -A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE';
  await hosts.host.mustRun('iptables-nft', ['-w', ...masquerade.split(' ')]);
  const after = await diagnose(hosts.host, 'nft', live, { env });
  expect(after.findings.map(({ code }) => code)).not.toContain('engine-without-rules');
});
