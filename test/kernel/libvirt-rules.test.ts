/**
 * natmap's mappings beside the nftables rules that libvirt 11.3 writes for a network in mode `nat`: libvirt rejects
 * new connections from outside, doctor names its table, and its command lets the mappings' in. With libvirt itself,
 * which not every host has, in libvirt.test.ts.
 */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { diagnose, fix } from '../support/doctor.ts';
import { families, kernelReason } from '../support/kernel.ts';
import { mustNatmap } from '../support/natmap.ts';
import { isAbsent } from '../support/programs.ts';
import { addresses, createHosts } from '../support/topology.ts';
import { answer, connect, serve } from '../support/traffic.ts';
import { createWorkspace } from '../support/workspace.ts';

const libvirt = readFileSync(new URL('fixtures/libvirt.nft', import.meta.url), 'utf8');

const rules = `dnat:\n${families
  .map((family) => {
    const { host, container } = addresses[family];
    return `  - {ext_ip: "${host}", int_ip: "${container}", ports: 25}\n`;
  })
  .join('')}`;

test.skipIf(kernelReason() || isAbsent('nft'))(
  "what libvirt's table rejects is let in by the command of doctor, and nothing else",
  async () => {
    await using hosts = await createHosts(['client1', 'container']);
    const { host, client1, container } = hosts;
    await host.ip(
      ...families.map((family) => `route add default via ${addresses[family].client1} dev vmbr0`),
    );
    await serve(container, 'guest', ['tcp/25', 'tcp/26']);
    using files = createWorkspace({ 'rules.d/a.yaml': rules });
    const args = ['--rules', files.file('rules.d')];
    await mustNatmap(host, 'nft', ['apply', ...args]);
    await host.mustRun('nft', ['-f', '-'], { input: libvirt });
    for (const family of families) {
      expect(await connect(client1, addresses[family].host, 25)).toBe('refused');
    }
    const { findings } = await diagnose(host, 'nft', args);
    const errors = findings.filter(({ severity }) => severity === 'error');
    expect(errors.map(({ code }) => code)).toEqual(['nft-forward-drop', 'nft-forward-drop']);
    for (const each of errors) await fix(host, each);
    for (const family of families) {
      const at = addresses[family];
      expect(await connect(client1, at.host, 25)).toBe(answer('guest', 25, at.client1));
      expect(await connect(client1, at.container, 26)).toBe('refused');
    }
  },
);
