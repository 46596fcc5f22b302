/**
 * natmap's mappings beside the nftables rules of netavark, as netavark 1.14 writes them for one network with the
 * option `isolate`: they work whichever came first, and `sources` holds on a port that Podman publishes. With
 * Podman itself in test/engine/podman.test.ts.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { dockerSnapshot } from '../support/docker.ts';
import { families, kernelReason, variants } from '../support/kernel.ts';
import { mustNatmap, natmap } from '../support/natmap.ts';
import { isAbsent } from '../support/programs.ts';
import { addresses, createHosts, networks } from '../support/topology.ts';
import { answer, connect, serve } from '../support/traffic.ts';
import { createWorkspace } from '../support/workspace.ts';

const netavark = readFileSync(new URL('fixtures/netavark.nft', import.meta.url), 'utf8');
const { ipv4, ipv6 } = addresses;
const sources = families.map((family) => networks[family].client1);

const inspected = dockerSnapshot(
  [
    {
      name: 'web',
      networks: { front: { ipv4: ipv4.container, ipv6: ipv6.container } },
      published: { '80/tcp': ['0.0.0.0:8081', '[::]:8081'] },
    },
  ],
  [{ name: 'front', bridge: 'br0', subnets: families.map((family) => networks[family].docker) }],
);

const rules = {
  docker: [{ container: 'web', ports: ['8080:81'] }],
  publish: [{ from: 'published', sources }],
};

const orders = ['netavark', 'natmap'] as const;
const cases = variants.flatMap((variant) => orders.map((first) => ({ variant, first })));

describe.skipIf(kernelReason() || isAbsent('nft'))("beside netavark's nftables rules", () => {
  test.each(cases)('mappings on iptables-$variant work, $first first', async (given) => {
    const { variant, first } = given;
    await using hosts = await createHosts(['client1', 'client2', 'container', 'neighbour']);
    const { host, client1, client2, neighbour } = hosts;
    await serve(hosts.container, 'web', ['tcp/80', 'tcp/81']);
    using files = createWorkspace({
      'rules.d/a.yaml': JSON.stringify(rules),
      'docker.json': inspected,
    });
    const args = ['--rules', files.file('rules.d'), '--docker', files.file('docker.json')];
    const apply = () => mustNatmap(host, variant, ['apply', ...args]);
    if (first === 'natmap') await apply();
    await host.mustRun('nft', ['-f', '-'], { input: netavark });
    if (first === 'netavark') await apply();
    for (const family of families) {
      const at = addresses[family];
      const closed = { milliseconds: 700 };
      expect(await connect(client1, at.host, 8080)).toBe(answer('web', 81, at.client1));
      expect(await connect(client2, at.host, 8080)).toBe(answer('web', 81, at.client2));
      expect(await connect(client1, at.host, 8081)).toBe(answer('web', 80, at.client1));
      expect(await connect(client2, at.host, 8081, closed)).toBe('timeout');
      expect(await connect(neighbour, at.host, 8081)).toContain('web:80');
    }
    const { stdout } = await natmap(host, variant, ['doctor', ...args]);
    expect(stdout).not.toContain('error:');
  });
});
