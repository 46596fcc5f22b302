/** natmap's mappings beside a real firewalld: they work with its usual settings, and doctor names the one that drops them. */
import { describe, expect, test } from 'vitest';
import { firewalldReason, startFirewalld } from '../support/firewalld.ts';
import { families, kernelReason } from '../support/kernel.ts';
import { mustNatmap, natmap } from '../support/natmap.ts';
import { addresses, createHosts } from '../support/topology.ts';
import { answer, connect, serve } from '../support/traffic.ts';
import { createWorkspace } from '../support/workspace.ts';

const rules = `dnat:\n${families
  .map((family) => {
    const { host, server } = addresses[family];
    return `  - {ext_ip: "${host}", int_ip: "${server}", ports: 25}\n`;
  })
  .join('')}`;

describe.skipIf(kernelReason() ?? firewalldReason())('beside firewalld', () => {
  test.each([
    ['no', true],
    ['yes', false],
  ])(
    'with StrictForwardPorts=%s a mapping is reached: %s',
    async (StrictForwardPorts, isReached) => {
      await using hosts = await createHosts(['client1', 'server']);
      const { host, client1 } = hosts;
      await serve(hosts.server, 'server', ['tcp/25']);
      await using _ = await startFirewalld(host, { StrictForwardPorts });
      using files = createWorkspace({ 'rules.d/a.yaml': rules });
      const args = ['--rules', files.file('rules.d')];
      await mustNatmap(host, 'nft', ['apply', ...args]);
      for (const family of families) {
        const at = addresses[family];
        const reply = await connect(client1, at.host, 25, { milliseconds: 1500 });
        if (isReached) expect(reply).toBe(answer('server', 25, at.client1));
        else expect(reply).not.toContain('server');
      }
      const { stdout } = await natmap(host, 'nft', ['doctor', ...args]);
      const said =
        'error: table inet firewalld of nftables drops what mappings forward (IPv4, IPv6)';
      expect(stdout.includes(said)).toBe(!isReached);
    },
  );
});
