/**
 * What doctor finds in the live rules of real iptables: each finding is there, packets show that it is
 * true, and the commands that it prints fix both.
 */
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { dockerInspect } from '../../support/docker.ts';
import { codesFound, diagnose, findingOf, fix } from '../../support/doctor.ts';
import { iptables, load, savedBoth } from '../../support/iptables.ts';
import { families, kernelReason, type Variant, variants } from '../../support/kernel.ts';
import { mustNatmap } from '../../support/natmap.ts';
import { places, useTopology } from '../../support/stage.ts';
import { addresses } from '../../support/topology.ts';
import { answer, connect } from '../../support/traffic.ts';
import { createWorkspace } from '../../support/workspace.ts';

const brief = { milliseconds: 700 };
const at = places('ipv4');

const files = createWorkspace({
  'rules.d/10-rules.yaml': `
dnat:
  - {ext_ip: ${at.host}, int_ip: ${at.server}, ports: 25}
  - {ext_ip: "${places('ipv6').host}", int_ip: "${places('ipv6').server}", ports: 25}
docker:
  - {container: web, ports: ["8080:80"]}
`,
  'snat.d/10-rules.yaml': `snat: [{int_ip: ${at.nets.lan}, ext_if: vmbr0, ext_ip: ${at.second}}]\n`,
  'docker.json': dockerInspect({
    name: 'web',
    networks: { frontend: { ipv4: at.container, ipv6: addresses.ipv6.container } },
  }),
});
afterAll(() => files[Symbol.dispose]());
const docker = ['--docker', files.file('docker.json')];
const inputs = ['--rules', files.file('rules.d'), ...docker];

describe.skipIf(kernelReason()).each(variants)('doctor and iptables-%s', (variant) => {
  const topology = useTopology();
  const other: Variant = variant === 'nft' ? 'legacy' : 'nft';
  const doctor = (args: readonly string[] = inputs) =>
    diagnose(topology.current.host, variant, args);
  const codes = (args: readonly string[] = inputs) =>
    codesFound(topology.current.host, variant, args);

  beforeEach(async () => {
    const { host } = topology.current;
    for (const each of variants) {
      for (const family of families) await load(host, each, family, empty);
    }
    await host.ip(`route replace default via ${at.client1} dev vmbr0`);
    await host.sysctl('net.ipv4.conf.br0.route_localnet', 1);
    await host.ip(
      ...['container', 'neighbour'].map(
        (port) => `link set dev ${port} type bridge_slave hairpin on`,
      ),
    );
    await iptables(host, variant, '-P FORWARD DROP');
    await mustNatmap(host, variant, ['apply', ...inputs]);
  });

  test('nothing is found where all is well', async () => {
    expect(await doctor()).toMatchObject({ code: 0, findings: [] });
  });

  test('it changes nothing', async () => {
    const { host } = topology.current;
    await iptables(host, variant, '-D DOCKER-USER -j NATMAP');
    const before = [await savedBoth(host, variant), await savedBoth(host, other)];
    await doctor();
    expect([await savedBoth(host, variant), await savedBoth(host, other)]).toEqual(before);
  });

  test('rules that are not there are applied', async () => {
    await iptables(topology.current.host, variant, '-t nat -F NATMAP');
    const found = await doctor();
    expect(found.code).toBe(1);
    expect(found.findings.map(({ code }) => code)).toEqual(['not-applied']);
    await fix(topology.current.host, findingOf(found, 'not-applied'));
    expect(await codes()).toEqual([]);
  });

  test.each([
    ['-t nat -D PREROUTING -j NATMAP'],
    ['-t nat -D OUTPUT -j NATMAP-OUTPUT'],
    ['-t nat -D POSTROUTING -j NATMAP-POSTROUTING'],
    ['-D DOCKER-USER -j NATMAP'],
    ['-D FORWARD -j DOCKER-USER'],
  ])('a jump that is gone is put back: %s', async (removal) => {
    const { host } = topology.current;
    await iptables(host, variant, removal);
    const found = await doctor();
    expect(found.findings.map(({ code }) => code)).toEqual(['jump-missing']);
    await fix(host, findingOf(found, 'jump-missing'));
    expect(await codes()).toEqual([]);
  });

  test('a port that Docker took when it started goes to the mapping again', async () => {
    const { host, client1 } = topology.current;
    for (const rule of [
      '-t nat -N DOCKER',
      '-t nat -A DOCKER ! -i br0 -p tcp --dport 8080 -j DNAT --to-destination 10.0.0.101:110',
      '-t nat -I PREROUTING -m addrtype --dst-type LOCAL -j DOCKER',
      '-A FORWARD -d 10.0.0.101 -j ACCEPT',
      '-A FORWARD -s 10.0.0.101 -j ACCEPT',
    ]) {
      await host.mustRun(`iptables-${variant}`, ['-w', ...rule.split(' ')]);
    }
    expect(await connect(client1, at.host, 8080)).toBe(answer('server', 110, at.client1));
    const found = await doctor();
    expect(found.findings.map(({ code }) => code)).toEqual(['shadowed']);
    await fix(host, findingOf(found, 'shadowed'));
    expect(await connect(client1, at.host, 8080)).toBe(answer('container', 80, at.client1));
    expect(await codes()).toEqual([]);
  });

  test.each([
    ['-I FORWARD -p tcp -j DROP', 'before DOCKER-USER'],
    ['-I DOCKER-USER -i vmbr0 -j REJECT', 'in DOCKER-USER'],
    ['-I DOCKER-USER -j RETURN', 'by a return from DOCKER-USER'],
  ])('what is refused %s, %s, is let in again', async (rule, _) => {
    const { host, client1 } = topology.current;
    await host.mustRun(`iptables-${variant}`, ['-w', ...rule.split(' ')]);
    expect(await connect(client1, at.host, 25, brief)).not.toBe(answer('server', 25, at.client1));
    const found = await doctor();
    expect(found.findings.map(({ code }) => code)).toEqual(['shadowed']);
    await fix(host, findingOf(found, 'shadowed'));
    expect(await connect(client1, at.host, 25)).toBe(answer('server', 25, at.client1));
    // An administrator's own drop is behind our accepts now, which is reported as well.
    expect(await codes()).toEqual(rule.includes('REJECT') ? ['accept-before-drop'] : []);
  });

  test("an administrator's drops in DOCKER-USER come first when our jump is moved behind them", async () => {
    const { host, client1, client2 } = topology.current;
    for (const rule of [`-s ${at.client2} -j DROP`, '-j RETURN']) {
      await host.mustRun(`iptables-${variant}`, ['-w', '-A', 'DOCKER-USER', ...rule.split(' ')]);
    }
    expect(await connect(client2, at.host, 25)).toBe(answer('server', 25, at.client2));
    const found = await doctor();
    expect(found.findings.map(({ code }) => code)).toEqual(['accept-before-drop']);
    await fix(host, findingOf(found, 'accept-before-drop'));
    expect(await connect(client2, at.host, 25, brief)).toBe('timeout');
    expect(await connect(client1, at.host, 25)).toBe(answer('server', 25, at.client1));
    await mustNatmap(host, variant, ['apply', ...inputs]);
    expect(await codes()).toEqual([]);
  });

  test('what an snat entry translates is let out', async () => {
    const { host, lanclient } = topology.current;
    const snat = ['--rules', files.file('snat.d')];
    await mustNatmap(host, variant, ['apply', ...snat]);
    expect(await connect(lanclient, at.client1, 8080, brief)).toBe('timeout');
    const found = await doctor(snat);
    expect(found.findings.map(({ code }) => code)).toEqual(['forward-drop']);
    await fix(host, findingOf(found, 'forward-drop'));
    expect(await connect(lanclient, at.client1, 8080)).toBe(answer('client1', 8080, at.second));
    expect(await codes(snat)).toEqual([]);
  });

  test('rules of natmap in the other variant are flushed there', async () => {
    const { host } = topology.current;
    await mustNatmap(host, other, ['apply', ...inputs]);
    const found = await doctor();
    expect(found.findings.map(({ code }) => code)).toEqual(['two-variants', 'two-variants']);
    for (const finding of found.findings) await fix(host, finding);
    expect(await codes()).toEqual([]);
  });

  test("natmap goes where Docker's rules are", async () => {
    const { host } = topology.current;
    for (const rule of ['-N DOCKER', '-A FORWARD -o docker0 -j DOCKER', '-P FORWARD DROP']) {
      await iptables(host, other, rule);
    }
    const found = await doctor();
    const [first, second] = found.findings;
    expect(found.findings.map(({ code }) => code)).toEqual(['engine-variant', 'engine-variant']);
    expect(second?.commands).toEqual(first?.commands);
    await fix(host, { commands: first?.commands ?? [] });
    expect(await codesFound(host, other, inputs)).not.toContain('engine-variant');
    const left = await savedBoth(host, variant);
    expect([...left.ipv4, ...left.ipv6].filter((line) => line.includes('NATMAP'))).toEqual([]);
  });
});

const empty = `*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
COMMIT
*nat
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
COMMIT
`;
