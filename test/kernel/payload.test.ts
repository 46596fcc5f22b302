/** natmap diff --payload: what apply gives to iptables-restore, a family after the other. */
import { describe, expect, test } from 'vitest';
import { patchedBoth } from '../support/diff.ts';
import { loadDockerRuleset } from '../support/docker-ruleset.ts';
import { everyKind, inlineRules } from '../support/inputs.ts';
import { savedBoth } from '../support/iptables.ts';
import { families, kernelReason, variants } from '../support/kernel.ts';
import { createNamespace } from '../support/namespace.ts';
import { mustNatmap, natmap } from '../support/natmap.ts';
import { mustRestore } from '../support/restore.ts';

const rules = inlineRules(everyKind);

describe.skipIf(kernelReason()).each(variants)('iptables-%s', (variant) => {
  test('iptables-restore makes of it what diff shows', async () => {
    await using ns = await createNamespace();
    await loadDockerRuleset(ns, variant);
    const before = await savedBoth(ns, variant);
    const { stdout: diff } = await natmap(ns, variant, ['diff', ...rules]);
    const { code, stdout } = await natmap(ns, variant, ['diff', '--payload', ...rules]);
    expect(code).toBe(1);
    const [none, ...payloads] = stdout.split(/^# ipv[46]\n/m);
    expect(none).toBe('');
    expect(stdout.match(/^#.*/gm)).toEqual(['# ipv4', '# ipv6']);
    for (const [at, family] of families.entries()) {
      await mustRestore(ns, variant, family, payloads[at] ?? '', '--counters');
    }
    expect(await savedBoth(ns, variant)).toEqual(patchedBoth(before, diff));
  });

  test('one family is the payload and nothing else', async () => {
    await using ns = await createNamespace();
    const args = ['diff', '--payload', '--family', 'ipv6', ...rules];
    const { stdout } = await natmap(ns, variant, args);
    expect(stdout).toMatch(/^\*mangle\n/);
    await mustRestore(ns, variant, 'ipv6', stdout, '--counters');
  });

  test('it is empty when nothing is to be done', async () => {
    await using ns = await createNamespace();
    await mustNatmap(ns, variant, ['apply', ...rules]);
    const { stdout } = await mustNatmap(ns, variant, ['diff', '--payload', ...rules]);
    expect(stdout).toBe('# ipv4\n# ipv6\n');
  });
});
