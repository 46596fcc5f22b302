/**
 * Real packets through dispatch trees: to each kind of leaf, to rules that stand in several, and to what no
 * block holds.
 */
import { beforeAll, describe, expect, test } from 'vitest';
import { saved } from '../support/iptables.ts';
import { type Family, families, kernelReason, variants } from '../support/kernel.ts';
import { applyRules, bracketed, type Places, places, useTopology } from '../support/stage.ts';
import { answer, connect } from '../support/traffic.ts';

const brief = { milliseconds: 700 };

/** Mappings enough for a tree in every chain, beside those that packets are sent to. */
const beside = Array.from({ length: 90 }, (_, index) => index);

const elsewhere: Readonly<Record<Family, (index: number) => string>> = {
  ipv4: (index) => `10.99.${index}.7`,
  ipv6: (index) => `2001:db8:99::${index.toString(16)}:7`,
};

const rules = (at: Places) => `
dnat:
${beside.map((each) => `  - {ext_ip: "${at.host}", int_ip: "${elsewhere[at.family](each)}", ports: ${30_000 + 7 * each}, local: true}`).join('\n')}
${beside.map((each) => `  - {ext_ip: "${elsewhere[at.family](each)}", int_ip: "${at.server}", ports: 25}`).join('\n')}
  - {ext_ip: "${at.host}", int_ip: "${at.server}", ports: 30010, int_port: 25, local: true}
  - {ext_ip: "${at.host}", int_ip: "${at.server}", ports: 30011, int_port: 53, proto: udp}
  - {ext_ip: "${at.host}", int_ip: "${at.server}", ports: "8190-8193", int_port: 9000}
  - {ext_ip: "${at.host}", int_ip: "${at.server}", ports: "110,465"}
  - {ext_ip: "${at.second}", int_ip: "${at.server}", ports: 465, sources: ["${at.nets.client1}"]}
docker:
  - {target_ip: "${at.container}", name: any, ports: ["8080:80", "8053:53/udp"]}
  - {target_ip: "${at.container}", name: one, ports: ["${bracketed(at.second)}:81:80", "7000-7003:7000-7003"]}
snat:
${beside.map((each) => `  - {int_ip: "${elsewhere[at.family](each)}", ext_if: vmbr0}`).join('\n')}
  - {int_ip: "${at.server}", ext_if: vmbr0, ext_ip: "${at.second}"}
`;

describe.skipIf(kernelReason()).each(variants)('dispatch trees of iptables-%s', (variant) => {
  const topology = useTopology();
  beforeAll(() =>
    applyRules(topology.current, variant, {
      rules,
      forward: [
        '-i lan0 -o vmbr0 -j ACCEPT',
        '-o lan0 -m conntrack --ctstate ESTABLISHED -j ACCEPT',
      ],
    }),
  );

  describe.each(families)('%s', (family) => {
    const at = places(family);

    test.each(['NATMAP', 'NATMAP-OUTPUT', 'NATMAP-POSTROUTING', 'NATMAP-DNAT'])(
      'stand in place of the list in %s',
      async (chain) => {
        const lines = await saved(topology.current.host, variant, family);
        const own = lines.filter((line) => line.startsWith(`-A ${chain} `));
        expect(own.some((line) => line.includes('natmap:dispatch'))).toBe(true);
        expect(own.length).toBeLessThan(64);
      },
    );

    test.each([
      ['one port', at.host, 30_010, 'tcp', 'server', 25],
      ['a port of another protocol', at.host, 30_011, 'udp', 'server', 53],
      ['the first port of a range of two blocks', at.host, 8190, 'tcp', 'server', 9000],
      ['the last port of a range of two blocks', at.host, 8193, 'tcp', 'server', 9003],
      ['a list of ports', at.host, 465, 'tcp', 'server', 465],
      ['an address of few rules, and a source', at.second, 465, 'tcp', 'server', 465],
      ['an address of few rules', at.second, 81, 'tcp', 'container', 80],
      ['any address of the host', at.second, 8080, 'tcp', 'container', 80],
      ['any address, and a range', at.host, 7003, 'tcp', 'container', 7003],
    ] as const)('lead to a rule for %s', async (_, address, port, protocol, server, inside) => {
      const { client1 } = topology.current;
      const reply = await connect(client1, address, port, { protocol });
      expect(reply).toBe(answer(server, inside, at.client1));
    });

    test.each([
      ['a port of no block', at.host, 40_000],
      ['a port beside one of a block', at.host, 30_012],
      ['a port of another protocol', at.host, 30_011],
    ] as const)('have nothing for %s', async (_, address, port) => {
      expect(await connect(topology.current.client1, address, port)).toBe('refused');
    });

    test('keep a source that is not named from a port that names others', async () => {
      expect(await connect(topology.current.client2, at.second, 465)).toBe('refused');
    });

    test("lead this host's own connections to their rule", async () => {
      const { host } = topology.current;
      expect(await connect(host, at.host, 30_010)).toBe(answer('server', 25, at.host));
    });

    test('lead connections that leave to the rule for their source', async () => {
      const { server, lanclient } = topology.current;
      expect(await connect(server, at.client1, 8080)).toBe(answer('client1', 8080, at.second));
      expect(await connect(lanclient, at.client1, 8080)).toBe(
        answer('client1', 8080, at.lanclient),
      );
    });

    test('leave direct connections to the server blocked', async () => {
      expect(await connect(topology.current.client1, at.server, 25, brief)).toBe('timeout');
    });
  });
});
