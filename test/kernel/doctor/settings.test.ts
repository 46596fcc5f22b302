/**
 * What doctor finds in the settings of a real kernel. They are the same for both variants of iptables,
 * so one is enough; packets show that each finding is true, and that what it prints fixes it.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { codesFound, diagnose, findingOf, fix } from '../../support/doctor.ts';
import { kernelReason } from '../../support/kernel.ts';
import {
  applyRules,
  bridgeModes,
  places,
  setBridgeNetfilter,
  setHairpinMode,
  useTopology,
} from '../../support/stage.ts';
import { answer, connect } from '../../support/traffic.ts';
import { createWorkspace } from '../../support/workspace.ts';

const brief = { milliseconds: 700 };
const at = places('ipv4');
const at6 = places('ipv6');

const rules = `
dnat:
  - {ext_ip: ${at.host}, int_ip: ${at.server}, ports: 25, ext_if: vmbr0}
  - {ext_ip: "${at6.host}", int_ip: "${at6.server}", ports: 25}
docker:
  - {target_ip: ${at.container}, name: web, ports: ["8080:80", "127.0.0.1:8081:80"]}
`;
const files = createWorkspace({ 'rules.d/10-rules.yaml': rules });
afterAll(() => files[Symbol.dispose]());
const inputs = ['--rules', files.file('rules.d')];

describe.skipIf(kernelReason())('doctor and the settings of the kernel', () => {
  const topology = useTopology();
  const doctor = () => diagnose(topology.current.host, 'nft', inputs);
  const codes = () => codesFound(topology.current.host, 'nft', inputs);

  beforeAll(async () => {
    const { host } = topology.current;
    await applyRules(topology.current, 'nft', {
      rules: (place) => (place.family === 'ipv4' ? rules : '{}'),
    });
    await host.ip(`route replace default via ${at.client1} dev vmbr0`);
  });

  beforeEach(async () => {
    const { host } = topology.current;
    await host.sysctl('net.ipv4.conf.br0.route_localnet', 1);
    await setBridgeNetfilter(topology.current, 'off');
    await host.ip('link set dev br0 type bridge nf_call_iptables 1');
    for (const port of ['container', 'neighbour']) {
      await setHairpinMode(topology.current, port, 'on');
    }
  });

  test('nothing is found where all is well', async () => {
    expect(await doctor()).toMatchObject({ code: 0, findings: [], unread: [] });
  });

  test.each([
    ['net.ipv4.ip_forward', at],
    ['net.ipv4.conf.vmbr0.forwarding', at],
    ['net.ipv6.conf.all.forwarding', at6],
  ])('%s that is off is switched on', async (key, { host: address, client1: source }) => {
    const { host, client1 } = topology.current;
    await host.sysctl(key, 0);
    expect(await connect(client1, address, 25, brief)).not.toContain('server');
    const found = await doctor();
    expect(found.findings.map(({ code }) => code)).toEqual(['ip-forward']);
    await fix(host, findingOf(found, 'ip-forward'));
    expect(await connect(client1, address, 25)).toBe(answer('server', 25, source));
    expect(await codes()).toEqual([]);
  });

  test.each([8080, 8081])(
    'port %i of 127.0.0.1 is opened on the bridge that it leads to',
    async (port) => {
      const { host } = topology.current;
      await host.sysctl('net.ipv4.conf.br0.route_localnet', 0);
      expect(await connect(host, '127.0.0.1', port, brief)).toBe('timeout');
      const found = await doctor();
      expect(found.findings.map(({ code }) => code)).toEqual(['route-localnet']);
      await fix(host, findingOf(found, 'route-localnet'));
      expect(await connect(host, '127.0.0.1', port)).toBe(answer('container', 80, at.docker));
      expect(await codes()).toEqual([]);
    },
  );

  test('an address that a router gave is kept when the host forwards', async () => {
    const { host } = topology.current;
    // What the kernel makes of an advertisement: an address whose time runs out.
    await host.ip('addr add 2001:db8:77::5/64 dev vmbr0 valid_lft 600 preferred_lft 600 nodad');
    await host.sysctl('net.ipv6.conf.vmbr0.accept_ra', 1);
    const found = await doctor();
    expect(found.findings.map(({ code }) => code)).toEqual(['accept-ra']);
    await fix(host, findingOf(found, 'accept-ra'));
    expect(await codes()).toEqual([]);
    await host.ip('addr del 2001:db8:77::5/64 dev vmbr0');
  });

  test('a second uplink, whose answers leave by the first, is not filtered strictly', async () => {
    const { host, client2 } = topology.current;
    expect(await connect(client2, at.host, 25)).toBe(answer('server', 25, at.client2));
    await host.ip(
      `route replace default via ${at.server} dev lan0`,
      `route del ${at.client2} dev vmbr0`,
    );
    await host.sysctl('net.ipv4.conf.vmbr0.rp_filter', 1);
    await connect(client2, at.host, 25, brief);
    const dropped = await refusedPaths(host);
    expect(dropped).toBeGreaterThan(0);
    const found = await doctor();
    expect(found.findings.map(({ code }) => code)).toEqual(['rp-filter']);
    await fix(host, findingOf(found, 'rp-filter'));
    await connect(client2, at.host, 25, brief);
    expect(await refusedPaths(host)).toBe(dropped);
    expect(await codes()).toEqual([]);
    await host.ip(
      `route replace default via ${at.client1} dev vmbr0`,
      `route add ${at.client2} dev vmbr0`,
    );
    await host.sysctl('net.ipv4.conf.vmbr0.rp_filter', 0);
  });

  // Without the module br_netfilter there is nothing to switch.
  describe.skipIf(bridgeModes.length === 1)('and its bridges', () => {
    test("a container's neighbour reaches its mapping", async () => {
      const { host, neighbour } = topology.current;
      await host.ip('link set dev br0 type bridge nf_call_iptables 0');
      expect(await connect(neighbour, at.host, 8080, brief)).toBe('timeout');
      const found = await doctor();
      expect(found).toMatchObject({ code: 0, findings: [{ code: 'bridge-netfilter' }] });
      await fix(host, findingOf(found, 'bridge-netfilter'));
      expect(await connect(neighbour, at.host, 8080)).toBe(answer('container', 80, at.neighbour));
      expect(await codes()).toEqual([]);
    });

    test('a container reaches its own mapping', async () => {
      const { host, container } = topology.current;
      await setHairpinMode(topology.current, 'container', 'off');
      expect(await connect(container, at.host, 8080, brief)).toBe('timeout');
      const found = await doctor();
      expect(found).toMatchObject({ code: 0, findings: [{ code: 'bridge-hairpin' }] });
      await fix(host, findingOf(found, 'bridge-hairpin'));
      expect(await connect(container, at.host, 8080)).toBe(answer('container', 80, at.docker));
      expect(await codes()).toEqual([]);
    });
  });
});

/** TcpExt's counter of packets that reverse path filtering dropped. */
async function refusedPaths(host: {
  mustRun(command: string, args: readonly string[]): Promise<string>;
}) {
  const text = await host.mustRun('cat', ['/proc/net/netstat']);
  const [names = '', values = ''] = text.split('\n').filter((line) => line.startsWith('TcpExt:'));
  const index = names.split(' ').indexOf('IPReversePathFilter');
  return Number(values.split(' ')[index]);
}
