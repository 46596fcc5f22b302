/** What natmap owns by name only is reported before it is touched: contract, section 2. */
import { describe, expect, test } from 'vitest';
import { everyKind, inlineRules, otherRules } from '../../support/inputs.ts';
import { iptables, savedBoth } from '../../support/iptables.ts';
import { kernelReason, variants } from '../../support/kernel.ts';
import { createNamespace } from '../../support/namespace.ts';
import { mustNatmap, natmap } from '../../support/natmap.ts';

const rules = inlineRules(everyKind);

/** What an administrator may have on a host, and the line by which it is reported. */
const foreign: readonly [what: string, commands: readonly string[], line: string][] = [
  [
    'a chain NATMAP-LOG',
    ['-N NATMAP-LOG', '-A NATMAP-LOG -p tcp -j DROP', '-A INPUT -j NATMAP-LOG'],
    'iptables -t filter -A NATMAP-LOG -p tcp -j DROP',
  ],
  [
    'a chain NATMAP, which apply fills',
    ['-t nat -N NATMAP', '-t nat -A NATMAP -p udp -j RETURN'],
    'iptables -t nat -A NATMAP -p udp -j RETURN',
  ],
  [
    'a rule whose comment begins with natmap:',
    ['-A FORWARD -p udp -m comment --comment natmap:wiki -j DROP'],
    'iptables -t filter -A FORWARD -p udp -m comment --comment "natmap:wiki" -j DROP',
  ],
];

describe.skipIf(kernelReason()).each(variants)('iptables-%s', (variant) => {
  test.each(foreign)('%s: apply and flush name it and change nothing', async (_, lines, line) => {
    await using ns = await createNamespace();
    for (const each of lines) await iptables(ns, variant, each);
    const before = await savedBoth(ns, variant);
    for (const args of [['apply', ...rules], ['apply', '--dry-run', ...rules], ['flush']]) {
      const { code, stderr } = await natmap(ns, variant, args);
      expect([code, stderr]).toEqual([2, expect.stringContaining(`  ${line}\n`)]);
      expect(stderr).toContain('--take-over');
    }
    expect(await savedBoth(ns, variant)).toEqual(before);
  });

  test.each(foreign)('%s: --take-over removes it, and rollback restores it', async (_, lines) => {
    await using ns = await createNamespace();
    for (const each of lines) await iptables(ns, variant, each);
    const before = await savedBoth(ns, variant);
    await mustNatmap(ns, variant, ['apply', '--take-over', ...rules]);
    await mustNatmap(ns, variant, ['apply', ...inlineRules(otherRules)]);
    await mustNatmap(ns, variant, ['rollback', '2']);
    const after = await savedBoth(ns, variant);
    const others = (state: readonly string[]) => state.filter((each) => each.startsWith('-A'));
    expect(others(after.ipv4)).toEqual(others(before.ipv4));
  });

  test('diff names it, and that apply needs --take-over', async () => {
    await using ns = await createNamespace();
    await iptables(ns, variant, '-A FORWARD -m comment --comment natmap:wiki -j DROP');
    const { code, stderr } = await natmap(ns, variant, ['diff', ...rules]);
    expect([code, stderr]).toEqual([1, expect.stringMatching(/"natmap:wiki".*\n.*--take-over/)]);
  });

  test('a rule by hand among those of natmap is drift, which apply removes', async () => {
    await using ns = await createNamespace();
    await mustNatmap(ns, variant, ['apply', ...rules]);
    await iptables(ns, variant, '-t nat -A NATMAP -p udp -j RETURN');
    await mustNatmap(ns, variant, ['apply', ...rules]);
  });
});
