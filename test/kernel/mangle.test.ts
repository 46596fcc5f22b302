/** Rules of templates in mangle: planned exactly, loaded, taken back and flushed like those of other tables. */
import { describe, expect, test } from 'vitest';
import { patchedBoth } from '../support/diff.ts';
import { savedBoth } from '../support/iptables.ts';
import { kernelReason, variants } from '../support/kernel.ts';
import { createNamespace } from '../support/namespace.ts';
import { mustNatmap, natmap } from '../support/natmap.ts';
import { createWorkspace } from '../support/workspace.ts';

const inputs = {
  'rules.d/a.yaml': `snat:
  - {int_ip: 10.0.0.0/24, ext_if: eth0}
  - {int_ip: 2001:db8::/64, ext_if: eth0}
`,
  'templates/snat.njk': '*mangle\n-A NATMAP -s {{ int }} -j NATMAP-R1\n-A NATMAP-R1 -j DROP\n',
};

function rules(lines: readonly string[]): readonly string[] {
  return lines.filter((line) => line.startsWith('-A'));
}

describe.skipIf(kernelReason()).each(variants)('iptables-%s', (variant) => {
  test('a rule in mangle is planned exactly, and goes with rollback and with flush', async () => {
    await using ns = await createNamespace();
    using files = createWorkspace(inputs);
    const args = ['--rules', files.file('rules.d'), '--templates', files.file('templates')];
    const before = await savedBoth(ns, variant);
    const diff = await natmap(ns, variant, ['diff', ...args]);
    expect(diff.stdout).toContain('+-A NATMAP-R1 -j DROP');

    await mustNatmap(ns, variant, ['apply', ...args]);
    const applied = await savedBoth(ns, variant);
    expect(applied).toEqual(patchedBoth(before, diff.stdout));
    expect(rules(applied.ipv6)).toContain('-A PREROUTING -j NATMAP');
    expect((await natmap(ns, variant, ['diff', ...args])).code).toBe(0);

    await mustNatmap(ns, variant, ['rollback']);
    expect(rules((await savedBoth(ns, variant)).ipv4)).toEqual(rules(before.ipv4));

    await mustNatmap(ns, variant, ['apply', ...args]);
    await mustNatmap(ns, variant, ['flush']);
    const flushed = await savedBoth(ns, variant);
    expect(rules(flushed.ipv6).filter((line) => line.includes('NATMAP'))).toEqual([]);
  });
});
