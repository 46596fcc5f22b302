/**
 * Mappings beside Docker's nftables backend, whose drop of what it does not publish an accept of iptables
 * does not undo: with `accept_mark` packets get through, whichever started first.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadDockerTables } from '../support/docker-nftables.ts';
import { families, kernelReason, variants } from '../support/kernel.ts';
import { mustNatmap } from '../support/natmap.ts';
import { addresses, createHosts, type Hosts, networks } from '../support/topology.ts';
import { answer, connect, serve } from '../support/traffic.ts';
import { createWorkspace } from '../support/workspace.ts';

const mark = '0x1000000/0x1000000';

const { ipv4, ipv6 } = addresses;

const snapshot = {
  schema: 'natmap.snapshot/v1',
  engine: { kind: 'docker', version: '29.0.0', rootless: false, firewall: 'nftables' },
  selectedLabels: [],
  containers: [
    {
      id: 'a1',
      name: 'web',
      running: true,
      networkMode: 'front',
      labels: {},
      attachments: [
        { network: 'front', ipv4: ipv4.container, ipv6: ipv6.container, gwPriority: 0 },
      ],
      published: [],
    },
  ],
  networks: [
    {
      id: 'b1',
      name: 'front',
      driver: 'bridge',
      subnets: [networks.ipv4.docker, networks.ipv6.docker],
      bridge: 'br0',
      internal: false,
      gatewayModes: { ipv4: null, ipv6: null },
    },
  ],
};

const rules = `
engine: {accept_mark: ${mark}}
docker:
  - {container: web, ports: ["8080:80", "8053:53/udp"]}
  - {container: web, ports: ["8081:81"], sources: [${networks.ipv4.client1}, "${networks.ipv6.client1}"]}
dnat:
  - {ext_ip: ${ipv4.host}, int_ip: ${ipv4.container}, ports: "7000,7001"}
  - {ext_ip: "${ipv6.host}", int_ip: "${ipv6.container}", ports: "7000,7001"}
`;

type Made = Hosts<'client1' | 'client2' | 'container'>;

const apply = async ({ host }: Made, variant: 'nft' | 'legacy') => {
  using files = createWorkspace({
    'rules.d/a.yaml': rules,
    'docker.json': JSON.stringify(snapshot),
  });
  const docker = ['--docker', files.file('docker.json')];
  await mustNatmap(host, variant, ['apply', '--rules', files.file('rules.d'), ...docker]);
};

const startDocker = async ({ host }: Made, acceptMark: string | null) => {
  for (const family of families) {
    const { container } = addresses[family];
    const subnet = networks[family].docker;
    const published = [8090, 80] as const;
    await loadDockerTables(host, {
      family,
      bridge: 'br0',
      subnet,
      container,
      published,
      acceptMark,
    });
  }
};

const orders = [
  ['Docker', 'natmap'],
  ['natmap', 'Docker'],
] as const;

describe.skipIf(kernelReason()).each(variants)('iptables-%s', (variant) => {
  describe.each(orders)('%s started before %s', (first) => {
    let hosts: Made;

    beforeAll(async () => {
      hosts = await createHosts(['client1', 'client2', 'container']);
      const ports = ['tcp/80', 'tcp/81', 'tcp/7000', 'tcp/7001', 'udp/53'];
      await serve(hosts.container, 'web', ports);
      if (first === 'Docker') await startDocker(hosts, mark);
      await apply(hosts, variant);
      if (first === 'natmap') await startDocker(hosts, mark);
    });

    afterAll(() => hosts?.[Symbol.asyncDispose]());

    describe.each(families)('%s', (family) => {
      const at = addresses[family];
      const closed = { milliseconds: 700 };

      test('mappings are reached, TCP, UDP and several ports of one rule', async () => {
        const { client1 } = hosts;
        expect(await connect(client1, at.host, 8080)).toBe(answer('web', 80, at.client1));
        expect(await connect(client1, at.host, 7001)).toBe(answer('web', 7001, at.client1));
        const reply = await connect(client1, at.host, 8053, { protocol: 'udp' });
        expect(reply).toBe(answer('web', 53, at.client1));
      });

      test('a mapping with sources is reached by these only', async () => {
        const { client1, client2 } = hosts;
        expect(await connect(client1, at.host, 8081)).toBe(answer('web', 81, at.client1));
        expect(await connect(client2, at.host, 8081, closed)).toBe('refused');
      });

      test('what Docker publishes and what it drops stays as it is', async () => {
        const { client1 } = hosts;
        expect(await connect(client1, at.host, 8090)).toBe(answer('web', 80, at.client1));
        expect(await connect(client1, at.container, 81, closed)).toBe('timeout');
      });
    });
  });

  test.each([null, '0x2/0x2'])('with %s as bridge-accept-fwmark nothing gets in', async (other) => {
    await using hosts = await createHosts(['client1', 'client2', 'container']);
    await serve(hosts.container, 'web', ['tcp/81']);
    await startDocker(hosts, other);
    await apply(hosts, variant);
    const { client1 } = hosts;
    for (const family of families) {
      const call = connect(client1, addresses[family].host, 8081, { milliseconds: 700 });
      expect(await call).toBe('timeout');
    }
  });
});
