/** `natmap diff --json` and `natmap apply --expect-digest`: the plan that was reviewed, or none. */
import { describe, expect, test } from 'vitest';
import { loadDockerRuleset } from '../support/docker-ruleset.ts';
import { everyKind, inlineRules, otherRules } from '../support/inputs.ts';
import { iptables, savedBoth } from '../support/iptables.ts';
import { validJson } from '../support/json-schema.ts';
import { kernelReason, type Variant, variants } from '../support/kernel.ts';
import { createNamespace, type Namespace } from '../support/namespace.ts';
import { mustNatmap, natmap } from '../support/natmap.ts';

const rules = inlineRules(everyKind);
const changedRules = inlineRules(otherRules);

async function dockerHost(variant: Variant): Promise<Namespace> {
  const ns = await createNamespace();
  await loadDockerRuleset(ns, variant);
  return ns;
}

/** The digest of the diff, which has to be there. */
async function reviewed(ns: Namespace, variant: Variant, inputs: readonly string[]) {
  const { code, stdout } = await natmap(ns, variant, ['diff', '--json', ...inputs]);
  expect(code).toBe(1);
  return (validJson(stdout) as { digest: string }).digest;
}

function applyExpecting(
  ns: Namespace,
  variant: Variant,
  digest: string,
  inputs: readonly string[],
) {
  return natmap(ns, variant, ['apply', '--expect-digest', digest, ...inputs]);
}

describe.skipIf(kernelReason()).each(variants)('iptables-%s', (variant) => {
  test('what was reviewed is applied, whatever others do meanwhile', async () => {
    await using ns = await dockerHost(variant);
    const digest = await reviewed(ns, variant, rules);
    await iptables(ns, variant, '-A FORWARD -j DROP');
    expect(await applyExpecting(ns, variant, digest, rules)).toMatchObject({ code: 0 });
    const { code } = await natmap(ns, variant, ['diff', ...rules]);
    expect(code).toBe(0);
  });

  test.each<[what: string, inputs: readonly string[], meanwhile: readonly string[] | null]>([
    ['other rules', changedRules, null],
    ['other live rules owned by natmap', rules, changedRules],
    ['live rules that are there already', rules, rules],
  ])('%s are refused with exit code 3, and nothing is touched', async (_, inputs, meanwhile) => {
    await using ns = await dockerHost(variant);
    const digest = await reviewed(ns, variant, rules);
    if (meanwhile !== null) await mustNatmap(ns, variant, ['apply', ...meanwhile]);
    const before = await savedBoth(ns, variant);
    const { code, stderr } = await applyExpecting(ns, variant, digest, inputs);
    expect(code).toBe(3);
    expect(stderr).toMatch(/another plan than the one expected: sha256:[0-9a-f]{64}\n/);
    expect(stderr).toContain('nothing was changed');
    expect(await savedBoth(ns, variant)).toEqual(before);
  });

  test('what is no digest is bad usage', async () => {
    await using ns = await dockerHost(variant);
    expect(await applyExpecting(ns, variant, 'abc', rules)).toMatchObject({ code: 2 });
  });
});
