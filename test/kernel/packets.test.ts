/**
 * Real packets through what natmap applies, with policy DROP in FORWARD: who gets through, to which server,
 * and which source address is seen there. What goes back into the network that it came from is in
 * packets-hairpin.test.ts.
 */
import { beforeAll, describe, expect, test } from 'vitest';
import { families, kernelReason, variants } from '../support/kernel.ts';
import { applyRules, bracketed, type Given, places, useTopology } from '../support/stage.ts';
import { answer, connect } from '../support/traffic.ts';

/** For calls that must not be answered. */
const brief = { milliseconds: 700 };

const dnat: Given = {
  rules: (at) => `
    dnat:
      - {ext_ip: "${at.host}", int_ip: "${at.server}", ports: "25,110", ext_if: vmbr0}
      - {ext_ip: "${at.host}", int_ip: "${at.server}", ports: 26, int_port: 2525}
      - {ext_ip: "${at.host}", int_ip: "${at.server}", ports: 53, proto: udp}
      - {ext_ip: "${at.host}", int_ip: "${at.server}", ports: "8000-8003", int_port: 9000}
      - {ext_ip: "${at.host}", int_ip: "${at.server}", ports: 465, local: true}
      - {ext_ip: "${at.second}", int_ip: "${at.server}", ports: 465, sources: ["${at.nets.client1}"]}
`,
};

const docker: Given = {
  rules: (at) => `
    docker:
      - {container: web, ports: ["${bracketed(at.second)}:81:80", "7000-7003:7000-7003"]}
      - {target_ip: "${at.container}", name: any, ports: ["8080:80", "8053:53/udp"]}
      - {target_ip: "${at.container}", name: some, ports: ["8081:80"], sources: ["${at.nets.client1}"]}
      - {target_ip: "${at.container}", name: loop, ports: ["${loopback(at.family)}:8082:80"]}
`,
};

function loopback(family: string): string {
  return family === 'ipv4' ? '127.0.0.1' : '[::1]';
}

describe.skipIf(kernelReason()).each(variants)('packets through iptables-%s', (variant) => {
  const topology = useTopology();
  const given = (rules: Given) => beforeAll(() => applyRules(topology.current, variant, rules));

  describe('a dnat mapping', () => {
    given(dnat);
    describe.each(families)('%s', (family) => {
      const at = places(family);

      test.each([
        ['a port', 'tcp', 25, 25],
        ['the second port of a list', 'tcp', 110, 110],
        ['a port that is another inside', 'tcp', 26, 2525],
        ['a UDP port', 'udp', 53, 53],
      ] as const)('lets an outside client reach %s', async (_, protocol, port, inside) => {
        const { client1 } = topology.current;
        const reply = await connect(client1, at.host, port, { protocol });
        expect(reply).toBe(answer('server', inside, at.client1));
      });

      test('maps a range with shifted inside ports one to one, and nothing beside it', async () => {
        const { client1 } = topology.current;
        const replies = [];
        for (const port of [8000, 8001, 8002, 8003, 8004]) {
          replies.push(await connect(client1, at.host, port));
        }
        const inside = [9000, 9001, 9002, 9003].map((port) => answer('server', port, at.client1));
        expect(replies).toEqual([...inside, 'refused']);
      });

      test('with `ext_if` is not there for who comes through another interface', async () => {
        const { lanclient } = topology.current;
        expect(await connect(lanclient, at.host, 25)).toBe('refused');
      });

      test('is there for the host itself with `local: true`', async () => {
        const { host } = topology.current;
        expect(await connect(host, at.host, 465)).toBe(answer('server', 465, at.host));
      });

      test('is not there for the host itself without `local`', async () => {
        const { host } = topology.current;
        expect(await connect(host, at.host, 25)).toBe('refused');
      });

      test('with `sources` lets in a client from there and no other', async () => {
        const { client1, client2 } = topology.current;
        expect(await connect(client1, at.second, 465)).toBe(answer('server', 465, at.client1));
        expect(await connect(client2, at.second, 465)).toBe('refused');
      });

      test('does not let in who routes straight to the inside address', async () => {
        const { client1 } = topology.current;
        expect(await connect(client1, at.server, 25, brief)).toBe('timeout');
      });
    });
  });

  describe('a docker mapping', () => {
    given(docker);
    describe.each(families)('%s', (family) => {
      const at = places(family);

      test.each([
        ['any address of the host', at.host, 8080, 'tcp', 80],
        ['another address of the host', at.docker, 8080, 'tcp', 80],
        ['the address that it names', at.second, 81, 'tcp', 80],
        ['its UDP port', at.host, 8053, 'udp', 53],
        ['the last port of a range', at.host, 7003, 'tcp', 7003],
      ] as const)('lets an outside client in on %s', async (_, address, port, protocol, inside) => {
        const { client1 } = topology.current;
        const reply = await connect(client1, address, port, { protocol });
        expect(reply).toBe(answer('container', inside, at.client1));
      });

      test('that names one address is not there on another', async () => {
        const { client1 } = topology.current;
        expect(await connect(client1, at.host, 81)).toBe('refused');
      });

      test('is there for the host on its own address', async () => {
        const { host } = topology.current;
        expect(await connect(host, at.host, 8080)).toBe(answer('container', 80, at.host));
      });

      test('with `sources` lets in a client from there and no other', async () => {
        const { client1, client2 } = topology.current;
        expect(await connect(client1, at.host, 8081)).toBe(answer('container', 80, at.client1));
        expect(await connect(client2, at.host, 8081)).toBe('refused');
      });

      test('of a loopback address is not there outside', async () => {
        const { client1 } = topology.current;
        expect(await connect(client1, at.host, 8082)).toBe('refused');
      });

      test.each([
        ['an outsider', 'client1'],
        ['a client on the LAN', 'lanclient'],
      ] as const)('does not let in %s that routes straight to the container', async (_, name) => {
        const client = topology.current[name];
        expect(await connect(client, at.container, 80, brief)).toBe('timeout');
        expect(await connect(client, at.host, 8080)).toBe(answer('container', 80, at[name]));
      });
    });
  });

  describe('a docker mapping on the loopback address', () => {
    given(docker);

    test.each([
      ['any address', 8080],
      ['the loopback address', 8082],
    ])('of %s works from the host with route_localnet only, ipv4', async (_, port) => {
      const { host } = topology.current;
      const key = 'net.ipv4.conf.br0.route_localnet';
      expect(await connect(host, '127.0.0.1', port, brief)).toBe('timeout');
      await host.sysctl(key, 1);
      const reply = await connect(host, '127.0.0.1', port);
      await host.sysctl(key, 0);
      expect(reply).toBe(answer('container', 80, places('ipv4').docker));
    });

    test('cannot work from ::1, so what is there is left alone, ipv6', async () => {
      expect(await connect(topology.current.host, '::1', 8080)).toBe('refused');
    });
  });

  describe('traffic that only passes through', () => {
    given({
      ...docker,
      forward: [
        '-i br0 -o vmbr0 -j ACCEPT',
        '-i vmbr0 -m conntrack --ctstate ESTABLISHED -j ACCEPT',
      ],
    });

    test.each(families)(
      "to another host's port of that number is left alone, %s",
      async (family) => {
        const at = places(family);
        const { container } = topology.current;
        const reply = await connect(container, at.client1, 8080);
        expect(reply).toBe(answer('client1', 8080, at.container));
      },
    );
  });

  describe('an snat entry', () => {
    given({
      rules: ({ server, second, nets }) => `
        snat:
          - {int_ip: "${server}", ext_if: vmbr0, ext_ip: "${second}"}
          - {int_ip: "${nets.docker}", ext_if: vmbr0}
`,
      forward: ['-o vmbr0 -j ACCEPT', '-i vmbr0 -m conntrack --ctstate ESTABLISHED -j ACCEPT'],
    });

    test.each(
      families.map(places).flatMap(
        (at) =>
          [
            ['the address that it names', 'server', at, at.second],
            ['the first address of the interface without `ext_ip`', 'container', at, at.host],
            ['the own address of a client that is in no entry', 'lanclient', at, at.lanclient],
          ] as const,
      ),
    )('shows outside %s', async (_, from, at, source) => {
      const reply = await connect(topology.current[from], at.client1, 8080);
      expect(reply).toBe(answer('client1', 8080, source));
    });
  });

  describe.each(['container: web', 'network: frontend'])('an snat entry with %s', (named) => {
    given({
      rules: ({ second }) => `snat: [{${named}, ext_ip: "${second}"}]`,
      forward: ['-o vmbr0 -j ACCEPT', '-i vmbr0 -m conntrack --ctstate ESTABLISHED -j ACCEPT'],
    });

    test.each(families.map(places))('shows its address outside, $family', async (at) => {
      const { container } = topology.current;
      const reply = await connect(container, at.client1, 8080);
      expect(reply).toBe(answer('client1', 8080, at.second));
    });
  });
});
