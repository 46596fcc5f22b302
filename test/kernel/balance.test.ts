/**
 * `balance`, counted in real connections: over the containers of a compose service they are spread
 * exactly evenly in turn, and by chance as evenly as chance can be.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dockerInspect } from '../support/docker.ts';
import { families, kernelReason, type Variant, variants } from '../support/kernel.ts';
import { mustNatmap } from '../support/natmap.ts';
import { addresses, createHosts, type Hosts, networks } from '../support/topology.ts';
import { census, serve } from '../support/traffic.ts';
import { createWorkspace } from '../support/workspace.ts';

const replicas = ['container', 'neighbour', 'lanclient'] as const;
type Replica = (typeof replicas)[number];

describe.skipIf(kernelReason()).each(variants)('balance through iptables-%s', (variant) => {
  const shared = {} as { hosts: Hosts<'client1' | Replica> };
  const apply = (entry: object, names: readonly Replica[] = replicas) =>
    applyService(shared.hosts, variant, entry, names);

  beforeAll(async () => {
    shared.hosts = await createHosts(['client1', ...replicas]);
    const { hosts } = shared;
    await Promise.all(replicas.map((name) => serve(hosts[name], name, ['tcp/80'])));
  });
  afterAll(() => shared.hosts?.[Symbol.asyncDispose]());

  test('round-robin is exactly even, from outside and from the host itself', async () => {
    await apply({ balance: 'round-robin' });
    const { client1, host } = shared.hosts;
    for (const family of families) {
      const even = { container: 4, neighbour: 4, lanclient: 4 };
      expect(await census(client1, addresses[family].host, 8000, 12), family).toEqual(even);
      expect(await census(host, addresses[family].host, 8000, 12), family).toEqual(even);
    }
  });

  test('round-robin is exactly even for a source that two networks of `sources` hold', async () => {
    const wider = { ipv4: '198.51.0.0/16', ipv6: '2001:db8::/32' };
    const sources = families.flatMap((family) => [networks[family].client1, wider[family]]);
    await apply({ balance: 'round-robin', sources });
    for (const family of families) {
      const counts = await census(shared.hosts.client1, addresses[family].host, 8000, 12);
      expect(counts, family).toEqual({ container: 4, neighbour: 4, lanclient: 4 });
    }
  });

  test('random reaches each as often as the others, as far as chance goes', async () => {
    await apply({ balance: 'random' });
    for (const family of families) {
      const counts = await census(shared.hosts.client1, addresses[family].host, 8000, 600);
      // A binomial count of 600 calls and one in three is outside of this with p < 1e-9.
      for (const name of replicas) {
        expect(counts[name], `${family} ${name}`).toBeGreaterThan(128);
        expect(counts[name], `${family} ${name}`).toBeLessThan(275);
      }
    }
  });

  test('two containers and one are spread over as well', async () => {
    await apply({ balance: 'round-robin' }, ['container', 'neighbour']);
    const counts = (calls: number) =>
      census(shared.hosts.client1, addresses.ipv4.host, 8000, calls);
    expect(await counts(8)).toEqual({ container: 4, neighbour: 4 });
    await apply({ balance: 'random' }, ['neighbour']);
    expect(await counts(4)).toEqual({ neighbour: 4 });
  });
});

async function applyService(
  hosts: Hosts<Replica>,
  variant: Variant,
  entry: object,
  names: readonly Replica[],
): Promise<void> {
  using files = createWorkspace({
    'rules.d/a.yaml': JSON.stringify({
      docker: [{ container: 'shop/web', ports: ['8000:80'], ...entry }],
    }),
    'docker.json': dockerInspect(
      ...names.map((name) => ({
        name,
        networks: { front: { ipv4: addresses.ipv4[name], ipv6: addresses.ipv6[name] } },
        labels: { 'com.docker.compose.project': 'shop', 'com.docker.compose.service': 'web' },
      })),
    ),
  });
  const inputs = ['--rules', files.file('rules.d'), '--docker', files.file('docker.json')];
  await mustNatmap(hosts.host, variant, ['apply', ...inputs]);
}
