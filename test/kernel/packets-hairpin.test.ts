/**
 * Real packets that leave by the network they came from: a LAN's own clients through the external
 * address, containers through the host's. Whether bridged packets pass iptables (br_netfilter, which
 * Docker switches on) changes their way through the kernel, so both are tried.
 */
import { beforeAll, describe, expect, test } from 'vitest';
import { families, kernelReason, variants } from '../support/kernel.ts';
import {
  applyRules,
  type BridgeMode,
  bridgeModes,
  type Given,
  places,
  setBridgeNetfilter,
  setHairpinMode,
  useTopology,
} from '../support/stage.ts';
import { answer, connect } from '../support/traffic.ts';

const brief = { milliseconds: 700 };

describe.skipIf(kernelReason()).each(variants)('hairpin through iptables-%s', (variant) => {
  const topology = useTopology();
  const given = (bridged: BridgeMode, rules: Given) =>
    beforeAll(async () => {
      await setBridgeNetfilter(topology.current, bridged);
      await applyRules(topology.current, variant, rules);
    });

  describe.each(bridgeModes)('with `lan_cidr`, bridge-nf %s', (bridged) => {
    given(bridged, {
      rules: ({ host, server, nets }) => `
        dnat: [{ext_ip: "${host}", int_ip: "${server}", ports: 25, ext_if: vmbr0}]
        hairpin:
          - {ext_ip: "${host}", int_ip: "${server}", ports: [25, 465], lan_cidr: "${nets.lan}"}
`,
    });

    describe.each(families)('%s', (family) => {
      const at = places(family);

      test.each([25, 465])('a LAN client is seen as the router, port %i', async (port) => {
        const { lanclient } = topology.current;
        expect(await connect(lanclient, at.host, port)).toBe(answer('server', port, at.lan));
      });

      test('an outside client is seen with its own address', async () => {
        const { client1 } = topology.current;
        expect(await connect(client1, at.host, 25)).toBe(answer('server', 25, at.client1));
      });

      test('an outside client is not let in by the hairpin entry alone', async () => {
        expect(await connect(topology.current.client1, at.host, 465)).toBe('refused');
      });
    });
  });

  describe.each(bridgeModes)('without `lan_cidr`, bridge-nf %s', (bridged) => {
    given(bridged, {
      rules: ({ host, server }) => `
        dnat: [{ext_ip: "${host}", int_ip: "${server}", ports: 25}]
        hairpin: [{ext_ip: "${host}", int_ip: "${server}", ports: 25}]
`,
    });

    describe.each(families)('%s', (family) => {
      const at = places(family);

      test.each(['lanclient', 'client1'] as const)('%s is seen as the router', async (client) => {
        const reply = await connect(topology.current[client], at.host, 25);
        expect(reply).toBe(answer('server', 25, at.lan));
      });
    });
  });

  describe.each(bridgeModes)('a container itself, bridge-nf %s', (bridged) => {
    given(bridged, { rules: () => 'docker: [{container: web, ports: ["8080:80"]}]\n' });

    // A bridged packet that DNAT sends back stays in the bridge, which returns nothing through the
    // port it came from unless configured to; Docker does that when it runs without its userland proxy.
    test.each(families)('reaches its mapping through the host, %s', async (family) => {
      const at = places(family);
      const { container } = topology.current;
      await setHairpinMode(topology.current, 'container', bridged);
      const reply = await connect(container, at.host, 8080);
      await setHairpinMode(topology.current, 'container', 'off');
      expect(reply).toBe(answer('container', 80, at.docker));
    });
  });

  // Without br_netfilter a neighbour's answer goes straight through the bridge, untranslated.
  describe.each(bridgeModes.filter((mode) => mode === 'on'))(
    'a neighbour, bridge-nf %s',
    (bridged) => {
      given(bridged, {
        rules: () => 'docker: [{container: web, ports: ["8080:80"]}]\n',
        // Neighbour discovery is bridged, so policy DROP keeps IPv6 neighbours from finding each other.
        forward: ['-p ipv6-icmp -j ACCEPT'],
      });

      describe.each(families)('%s', (family) => {
        const at = places(family);

        test('reaches the mapping of a container through the host', async () => {
          const { neighbour } = topology.current;
          expect(await connect(neighbour, at.host, 8080)).toBe(
            answer('container', 80, at.neighbour),
          );
        });

        test('that goes straight to the container is not let in', async () => {
          const { neighbour } = topology.current;
          expect(await connect(neighbour, at.container, 80, brief)).toBe('timeout');
        });
      });
    },
  );
});
