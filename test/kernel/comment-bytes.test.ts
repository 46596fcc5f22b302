/**
 * Comments in bytes that are not UTF-8, which the kernel keeps as they are: those of others stay byte
 * for byte, and rules of natmap's with such comments, as iptables makes where it cuts a long one, can be
 * removed and put back.
 */
import { describe, expect, test, vi } from 'vitest';
import { visible } from '../../src/diagnostic/visible.ts';
import { bytesOf, textOf } from '../../src/iptables/bytes.ts';
import { patched } from '../support/diff.ts';
import { inlineRules } from '../support/inputs.ts';
import { program, withoutCounters } from '../support/iptables.ts';
import { type Family, families, type Variant, variants } from '../support/kernel.ts';
import { createNamespace, type Namespace } from '../support/namespace.ts';
import { mustNatmap, natmap } from '../support/natmap.ts';

vi.setConfig({ testTimeout: 60_000 });

const before = `*filter
-A INPUT -m comment --comment "caf\udce9 inside" -j ACCEPT
COMMIT
*nat
:NATMAP - [0:0]
-A PREROUTING -p tcp -m comment --comment "caf\udce9" -j ACCEPT
-A PREROUTING -p tcp -m comment --comment "caf\udce8" -j RETURN
-A PREROUTING -p tcp -m comment --comment "natmap:dnat:\udcff old" -j ACCEPT
-A PREROUTING -p udp -m comment --comment "natmap:${'ü'.repeat(125)}" -j ACCEPT
-A POSTROUTING -m comment --comment "grüße" -j RETURN
-A NATMAP -p udp -m comment --comment "mine \udcff" -j ACCEPT
COMMIT
`;

const rules = inlineRules(`dnat:
  - {ext_ip: 203.0.113.43, int_ip: 10.0.0.101, ports: 25}
  - {ext_ip: "2001:db8:43::43", int_ip: "2001:db8:10::101", ports: 25}
`);

/** Both ways in base64: what passes between here and there is text. */
async function load(ns: Namespace, variant: Variant, family: Family, text: string): Promise<void> {
  const command = `base64 -d | ${program(variant, family, '-restore')} --noflush`;
  await ns.mustRun('sh', ['-c', command], { input: Buffer.from(bytesOf(text)).toString('base64') });
}

async function saved(ns: Namespace, variant: Variant, family: Family): Promise<string[]> {
  const printed = await ns.mustRun('sh', ['-c', `${program(variant, family, '-save')} | base64`]);
  return withoutCounters(textOf(Buffer.from(printed, 'base64')));
}

describe.each(variants)('%s', (variant) => {
  test('apply does what diff shows, and rollback undoes it, in every byte', async () => {
    await using ns = await createNamespace();
    for (const family of families) await load(ns, variant, family, before);
    const states = async () => ({
      ipv4: await saved(ns, variant, 'ipv4'),
      ipv6: await saved(ns, variant, 'ipv6'),
    });
    const was = await states();
    const { stdout } = await natmap(ns, variant, ['diff', ...rules]);
    expect(stdout).toContain('--comment "natmap:dnat:\\xff old"');
    await mustNatmap(ns, variant, ['apply', '--take-over', ...rules]);
    const is = await states();
    for (const family of families) {
      expect(is[family].map(visible)).toEqual(patched(was[family].map(visible), stdout, family));
      expect(is[family].filter((line) => line.includes('natmap:dnat:\udcff'))).toEqual([]);
      for (const kept of ['caf\udce9"', 'caf\udce9 inside', 'caf\udce8', 'grüße']) {
        expect(is[family].filter((line) => line.includes(kept))).toHaveLength(1);
      }
    }
    await mustNatmap(ns, variant, ['rollback']);
    expect(await states()).toEqual(was);
  });
});
