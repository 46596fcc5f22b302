/** natmap's mappings beside a real fail2ban: they work, and its bans hold where its action filters forwarded packets. */
import { describe, expect, test } from 'vitest';
import { startFail2ban } from '../support/fail2ban.ts';
import { families, kernelReason, variants } from '../support/kernel.ts';
import { mustNatmap, natmap } from '../support/natmap.ts';
import { isAbsent } from '../support/programs.ts';
import { addresses, createHosts } from '../support/topology.ts';
import { answer, connect, serve } from '../support/traffic.ts';
import { createWorkspace } from '../support/workspace.ts';

const rules = `dnat:\n${families
  .map((family) => {
    const { host, server } = addresses[family];
    return `  - {ext_ip: "${host}", int_ip: "${server}", ports: 25}\n`;
  })
  .join('')}`;

/** Actions that the documentation of fail2ban and Docker's name, and whether a ban closes mappings too. */
const actions = [
  ...variants.flatMap((variant) => [
    { variant, action: 'iptables-allports', bansMappings: false },
    { variant, action: 'iptables-allports[chain=DOCKER-USER]', bansMappings: true },
  ]),
  { variant: 'nft', action: 'nftables-allports', bansMappings: false },
  { variant: 'nft', action: 'nftables-allports[chain_hook=forward]', bansMappings: true },
] as const;

/** fail2ban bans when its own thread comes to it. */
const patient = { timeout: 20_000 };

describe.skipIf(kernelReason() || isAbsent('fail2ban-server', 'nft'))('beside fail2ban', () => {
  test.each(actions)(
    'with $action on iptables-$variant a ban closes mappings: $bansMappings',
    async ({ variant, action, bansMappings }) => {
      await using hosts = await createHosts(['client1', 'client2', 'server']);
      const { host, client1, client2 } = hosts;
      await serve(hosts.server, 'server', ['tcp/25']);
      await serve(host, 'host', ['tcp/22']);
      using files = createWorkspace({ 'rules.d/a.yaml': rules });
      const args = ['--rules', files.file('rules.d')];
      await mustNatmap(host, variant, ['apply', ...args]);
      using fail2ban = await startFail2ban(host, variant, action);
      for (const family of families) {
        const at = addresses[family];
        const calls = {
          mapping: () => connect(client2, at.host, 25),
          host: () => connect(client2, at.host, 22),
        };
        const [closed, open] = bansMappings
          ? (['mapping', 'host'] as const)
          : (['host', 'mapping'] as const);
        await fail2ban.ban(at.client2);
        await expect.poll(calls[closed], patient).toBe('refused');
        expect(await calls[open]()).toContain(`saw ${at.client2}`);
        expect(await connect(client1, at.host, 25)).toBe(answer('server', 25, at.client1));
      }
      expect(await natmap(host, variant, ['doctor', ...args])).toMatchObject({ code: 0 });
      for (const family of families) {
        const at = addresses[family];
        await fail2ban.unban(at.client2);
        const reached = answer('server', 25, at.client2);
        await expect.poll(() => connect(client2, at.host, 25), patient).toBe(reached);
      }
    },
  );
});
