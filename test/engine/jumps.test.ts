/** A network that Docker makes after an apply: its MASQUERADE goes before natmap's jump, until the next apply. */
import { beforeAll, describe, expect, test } from 'vitest';
import { useDockerHost } from '../support/docker-host.ts';
import { connectFrom, runIdle } from '../support/engine.ts';
import { chain, saved } from '../support/iptables.ts';
import { engineReason, variants } from '../support/kernel.ts';
import { addresses } from '../support/topology.ts';
import { answer, serve } from '../support/traffic.ts';

const { host, second, client1 } = addresses.ipv4;

const rules = `
snat:
  - {int_ip: 172.30.0.0/16, ext_if: vmbr0, ext_ip: ${second}}
`;

describe.skipIf(engineReason()).each(variants)('with Docker on iptables-%s', (variant) => {
  const given = useDockerHost({ variant });
  const seen = () => connectFrom(given.current.docker, 'late', client1, 8080);
  const postrouting = async () =>
    chain(await saved(given.current.hosts.host, variant, 'ipv4'), 'nat', 'POSTROUTING');

  beforeAll(async () => {
    const { docker, hosts, apply } = given.current;
    await serve(hosts.client1, 'client1', ['tcp/8080']);
    await apply(rules);
    await docker.client('network', 'create', '--subnet', '172.30.0.0/16', 'late');
    await runIdle(docker, 'late', '--network', 'late');
  });

  test('an snat entry for a network made later counts from the next apply on', async () => {
    const { natmap } = given.current;
    expect((await postrouting())[0]).toContain('-s 172.30.0.0/16 ! -o br-');
    expect(await seen()).toBe(answer('client1', 8080, host));

    const diff = await natmap('diff');
    expect(diff.code).toBe(1);
    expect(diff.stderr).toContain(
      "the jump to natmap's chain goes first in nat POSTROUTING (ipv4): -A POSTROUTING -s 172.30.0.0/16 ! -o br-",
    );
    expect(diff.stdout).toContain('ipv4: 1 rule added, 1 removed');
    expect((await natmap('status')).code).toBe(1);

    expect((await natmap('apply')).code).toBe(0);
    expect((await postrouting())[0]).toBe('-A POSTROUTING -j NATMAP-POSTROUTING');
    expect(await seen()).toBe(answer('client1', 8080, second));
    expect((await natmap('diff')).code).toBe(0);
  });
});
