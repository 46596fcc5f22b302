/** natmap's accepts beside a fail2ban that was there first: who is banned stays banned after the first apply. */
import { describe, expect, test } from 'vitest';
import { startFail2ban } from '../support/fail2ban.ts';
import { load } from '../support/iptables.ts';
import { families, kernelReason, variants } from '../support/kernel.ts';
import { mustNatmap } from '../support/natmap.ts';
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

/** As Docker makes it. */
const dockerUser = `*filter
:DOCKER-USER - [0:0]
-A FORWARD -j DOCKER-USER
-A DOCKER-USER -j RETURN
COMMIT
`;

/** fail2ban bans when its own thread comes to it. */
const patient = { timeout: 20_000 };

describe.skipIf(kernelReason() || isAbsent('fail2ban-server'))('behind fail2ban', () => {
  test.each(variants)('a banned client stays banned, iptables-%s', async (variant) => {
    await using hosts = await createHosts(['client1', 'client2', 'server']);
    const { host, client1, client2 } = hosts;
    await serve(hosts.server, 'server', ['tcp/25']);
    for (const family of families) await load(host, variant, family, dockerUser);
    const action = 'iptables-allports[chain=DOCKER-USER]';
    using fail2ban = await startFail2ban(host, variant, action);
    for (const family of families) await fail2ban.ban(addresses[family].client2);
    using files = createWorkspace({ 'rules.d/a.yaml': rules });
    // The chain is made at the first ban, in fail2ban's own time.
    for (const name of [`iptables-${variant}`, `ip6tables-${variant}`]) {
      const listed = () => host.mustRun(name, ['-S', 'DOCKER-USER']);
      await expect.poll(listed, patient).toContain('-j f2b-natmap');
      await expect.poll(() => host.mustRun(name, ['-S', 'f2b-natmap']), patient).toContain('-s ');
    }
    await mustNatmap(host, variant, ['apply', '--rules', files.file('rules.d')]);
    for (const family of families) {
      const at = addresses[family];
      expect(await connect(client2, at.host, 25)).toBe('refused');
      expect(await connect(client1, at.host, 25)).toBe(answer('server', 25, at.client1));
      await fail2ban.unban(at.client2);
      const reached = answer('server', 25, at.client2);
      await expect.poll(() => connect(client2, at.host, 25), patient).toBe(reached);
    }
  });
});
