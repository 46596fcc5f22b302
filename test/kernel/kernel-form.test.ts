/**
 * Matches that natmap does not know: templates may use them, and the plan stays exact, because the
 * kernel is asked for their canonical form in a throwaway namespace.
 */
import { describe, expect, test } from 'vitest';
import { patchedBoth } from '../support/diff.ts';
import { savedBoth } from '../support/iptables.ts';
import { kernelReason, variants } from '../support/kernel.ts';
import { createNamespace } from '../support/namespace.ts';
import { mustNatmap, natmap } from '../support/natmap.ts';
import { createWorkspace } from '../support/workspace.ts';

const rules = `snat:
  - {int_ip: 10.0.0.0/24, ext_if: eth0}
  - {int_ip: 2001:db8::/64, ext_if: eth0}
`;

function snatWith(match: string): string {
  return `*nat\n-A NATMAP-POSTROUTING -s {{ int }} -o {{ ext_if }} ${match} -j MASQUERADE\n`;
}

describe.skipIf(kernelReason()).each(variants)('iptables-%s', (variant) => {
  test.each([
    ['-m limit --limit 60/min', '-m limit --limit 1/sec'],
    ['-m mark --mark 1', '-m mark --mark 0x1'],
    ['-m hashlimit --hashlimit-upto 5/s --hashlimit-name x', '--hashlimit-burst 5'],
  ])('%s comes out as iptables saves it', async (match, saved) => {
    await using ns = await createNamespace();
    using files = createWorkspace({
      'rules.d/a.yaml': rules,
      'templates/snat.njk': snatWith(match),
    });
    const args = ['--rules', files.file('rules.d'), '--templates', files.file('templates')];
    const before = await savedBoth(ns, variant);
    const diff = await natmap(ns, variant, ['diff', ...args]);
    expect(diff.stdout).toContain(saved);
    await mustNatmap(ns, variant, ['apply', ...args]);
    expect(await savedBoth(ns, variant)).toEqual(patchedBoth(before, diff.stdout));
    expect((await natmap(ns, variant, ['diff', ...args])).code).toBe(0);
  });

  test('a match that needs an ipset is kept word for word, and apply refuses it by its place', async () => {
    await using ns = await createNamespace();
    using files = createWorkspace({
      'rules.d/a.yaml': rules,
      'templates/snat.njk': snatWith('-m set --match-set nowhere src'),
    });
    const args = ['--rules', files.file('rules.d'), '--templates', files.file('templates')];
    const before = await savedBoth(ns, variant);
    const { code, stderr } = await natmap(ns, variant, ['apply', ...args]);
    expect(code).toBe(4);
    expect(stderr).toMatch(/kept word for word: an ipset/);
    expect(stderr).toMatch(/a\.yaml:2:5/);
    const rulesOf = (lines: readonly string[]) => lines.filter((line) => line.startsWith('-A'));
    const after = await savedBoth(ns, variant);
    expect(rulesOf(after.ipv4)).toEqual(rulesOf(before.ipv4));
  });
});
