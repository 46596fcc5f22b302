/** natmap's mappings beside a real ufw, which drops what is forwarded, and beside the rules of ufw-docker. */
import { describe, expect, test } from 'vitest';
import { families, kernelReason } from '../support/kernel.ts';
import { mustNatmap, natmap } from '../support/natmap.ts';
import { addresses, createHosts } from '../support/topology.ts';
import { answer, connect, serve } from '../support/traffic.ts';
import { prepareUfw, ufwReason } from '../support/ufw.ts';
import { createWorkspace } from '../support/workspace.ts';

const rules = `dnat:\n${families
  .map((family) => {
    const { host, server } = addresses[family];
    return `  - {ext_ip: "${host}", int_ip: "${server}", ports: 25}\n`;
  })
  .join('')}`;

/** In the manner of ufw-docker's part of after.rules: its header empties the chain at each reload. */
const ufwDocker = `*filter
:ufw-user-forward - [0:0]
:DOCKER-USER - [0:0]
-A DOCKER-USER -j ufw-user-forward
-A DOCKER-USER -s 10.0.0.0/8 -j RETURN
-A DOCKER-USER -p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -d 10.0.0.0/8 -j DROP
-A DOCKER-USER -j RETURN
COMMIT
`;

describe.skipIf(kernelReason() ?? ufwReason())('beside ufw', () => {
  test('a mapping is reached, whichever came first, and after a reload', async () => {
    await using hosts = await createHosts(['client1', 'server']);
    await serve(hosts.server, 'server', ['tcp/25']);
    using ufw = prepareUfw(hosts.host, '');
    using files = createWorkspace({ 'rules.d/a.yaml': rules });
    const apply = () => mustNatmap(hosts.host, 'nft', ['apply', '--rules', files.file('rules.d')]);
    const expectReached = async () => {
      for (const family of families) {
        const at = addresses[family];
        expect(await connect(hosts.client1, at.host, 25)).toBe(answer('server', 25, at.client1));
      }
    };
    await apply();
    await ufw.run('enable');
    await expectReached();
    await mustNatmap(hosts.host, 'nft', ['flush']);
    await apply();
    await expectReached();
    await ufw.run('reload');
    await expectReached();
  });

  test("the jump that ufw-docker's rules remove at a reload is named by doctor, and comes back by an apply", async () => {
    await using hosts = await createHosts(['client1', 'server']);
    await serve(hosts.server, 'server', ['tcp/25']);
    using ufw = prepareUfw(hosts.host, ufwDocker);
    using files = createWorkspace({ 'rules.d/a.yaml': rules });
    const args = ['--rules', files.file('rules.d')];
    await mustNatmap(hosts.host, 'nft', ['apply', ...args]);
    await ufw.run('enable');
    const { stdout } = await natmap(hosts.host, 'nft', ['doctor', ...args]);
    expect(stdout).toContain('[jump-missing]');
    const at = addresses.ipv4;
    expect(await connect(hosts.client1, at.host, 25, { milliseconds: 700 })).toBe('timeout');
    await mustNatmap(hosts.host, 'nft', ['apply', ...args]);
    expect(await natmap(hosts.host, 'nft', ['doctor', ...args])).toMatchObject({
      stdout: expect.not.stringContaining('[jump-missing]'),
    });
  });
});
