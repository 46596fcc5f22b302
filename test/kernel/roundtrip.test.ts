/**
 * The first promise, on the real kernel: what `diff` shows as the state after is, line for line,
 * what iptables-save prints after `apply`, and `flush` gives back what was there before.
 */
import { describe, expect, test } from 'vitest';
import { patchedBoth, summary } from '../support/diff.ts';
import { dockerRuleset, loadDockerRuleset } from '../support/docker-ruleset.ts';
import { everyKind, example, inlineRules, otherRules } from '../support/inputs.ts';
import {
  load,
  type Saved,
  savedBoth,
  savedWithCounters,
  withoutCounters,
} from '../support/iptables.ts';
import { families, kernelReason, type Variant, variants } from '../support/kernel.ts';
import { createNamespace, type Namespace } from '../support/namespace.ts';
import { mustNatmap, natmap } from '../support/natmap.ts';
import { recordingShims } from '../support/shims.ts';

const everyKindRules = inlineRules(everyKind);
const changedRules = inlineRules(otherRules);

const ruleSets = [
  ['every kind of entry', everyKindRules],
  ['the bundled example', example],
] as const;

async function dockerHost(variant: Variant): Promise<Namespace> {
  const ns = await createNamespace();
  await loadDockerRuleset(ns, variant);
  return ns;
}

const hosts = [
  ['a Docker-like ruleset', dockerHost],
  ['empty tables', createNamespace],
] as const;

const noChanges = 'ipv4: no changes; ipv6: no changes';

describe.skipIf(kernelReason()).each(variants)('iptables-%s', (variant) => {
  test.each(families)('prints the Docker-like ruleset as it is written, %s', async (family) => {
    await using ns = await dockerHost(variant);
    const lines = (await savedBoth(ns, variant))[family];
    expect(lines.toSorted()).toEqual(withoutCounters(dockerRuleset(family)).toSorted());
  });

  describe.each(hosts)('around %s', (_, createHost) => {
    test.each(ruleSets)(
      'diff shows what iptables-save prints after apply: %s',
      async (_, rules) => {
        await using ns = await createHost(variant);
        const before = await savedBoth(ns, variant);
        const diff = await natmap(ns, variant, ['diff', ...rules]);
        await mustNatmap(ns, variant, ['apply', ...rules]);
        expect(diff).toMatchObject({ code: 1 });
        expect(patchedBoth(before, diff.stdout)).toEqual(await savedBoth(ns, variant));
      },
    );

    test.each(ruleSets)('a second diff finds nothing: %s', async (_, rules) => {
      await using ns = await createHost(variant);
      await mustNatmap(ns, variant, ['apply', ...rules]);
      const { stdout } = await mustNatmap(ns, variant, ['diff', ...rules]);
      expect(stdout).toBe(`${noChanges}\n`);
    });

    test.each(ruleSets)('a second apply writes nothing: %s', async (_, rules) => {
      await using ns = await createHost(variant);
      expect(await writesOfApply(ns, variant, rules)).not.toEqual([]);
      await countPackets(ns, variant);
      const before = await savedWithCounters(ns, variant);
      expect(await writesOfApply(ns, variant, rules)).toEqual([]);
      expect(await savedWithCounters(ns, variant)).toEqual(before);
    });

    test('diff shows what a change of the rules does', async () => {
      await using ns = await createHost(variant);
      await mustNatmap(ns, variant, ['apply', ...everyKindRules]);
      const before = await savedBoth(ns, variant);
      const diff = await natmap(ns, variant, ['diff', ...changedRules]);
      await mustNatmap(ns, variant, ['apply', ...changedRules]);
      expect(diff).toMatchObject({ code: 1 });
      expect(patchedBoth(before, diff.stdout)).toEqual(await savedBoth(ns, variant));
    });

    test('a change of the rules leaves what a first apply of the new ones does', async () => {
      await using changed = await createHost(variant);
      await mustNatmap(changed, variant, ['apply', ...everyKindRules]);
      await mustNatmap(changed, variant, ['apply', ...changedRules]);
      await using fresh = await createHost(variant);
      await mustNatmap(fresh, variant, ['apply', ...changedRules]);
      const left = withoutEmptyTables(await savedBoth(changed, variant));
      expect(left).toEqual(withoutEmptyTables(await savedBoth(fresh, variant)));
    });
  });

  describe('flush', () => {
    test.each(ruleSets)('gives back what was before apply: %s', async (_, rules) => {
      await using ns = await dockerHost(variant);
      const before = await savedBoth(ns, variant);
      await mustNatmap(ns, variant, ['apply', ...rules]);
      await mustNatmap(ns, variant, ['flush']);
      expect(await savedBoth(ns, variant)).toEqual(before);
    });

    test('leaves the counters of all other rules as they were', async () => {
      await using ns = await dockerHost(variant);
      // The counters in headers are the policies': any edit by legacy tools sets them to 0.
      const rules = async () => {
        const { ipv4, ipv6 } = await savedWithCounters(ns, variant);
        return [...ipv4, ...ipv6].filter((line) => line.startsWith('['));
      };
      const before = await rules();
      await mustNatmap(ns, variant, ['apply', ...example]);
      await mustNatmap(ns, variant, ['flush']);
      expect(await rules()).toEqual(before);
    });

    test('leaves nothing owned by natmap in tables that were empty, and DOCKER-USER', async () => {
      await using ns = await createNamespace();
      await mustNatmap(ns, variant, ['apply', ...everyKindRules]);
      await mustNatmap(ns, variant, ['flush']);
      const { ipv4, ipv6 } = await savedBoth(ns, variant);
      const left = [':DOCKER-USER -', '-A FORWARD -j DOCKER-USER'];
      const others = (line: string) => !/^(\*|COMMIT$|:\S+ ACCEPT$)/.test(line);
      expect({ ipv4: ipv4.filter(others), ipv6: ipv6.filter(others) }).toEqual({
        ipv4: left,
        ipv6: left,
      });
    });

    test.each(hosts)('does nothing where nothing is ours: %s', async (_, createHost) => {
      await using ns = await createHost(variant);
      const before = await savedWithCounters(ns, variant);
      await mustNatmap(ns, variant, ['flush']);
      expect(await savedWithCounters(ns, variant)).toEqual(before);
    });
  });

  test('the summary of diff names both families', async () => {
    await using ns = await dockerHost(variant);
    const { stdout } = await natmap(ns, variant, ['diff', ...everyKindRules]);
    expect(summary(stdout)).toMatch(/^ipv4: \d+ rules added; ipv6: \d+ rules added$/);
  });
});

/** The calls by which `natmap apply` can have changed a ruleset, dry runs left out. */
async function writesOfApply(
  ns: Namespace,
  variant: Variant,
  rules: readonly string[],
): Promise<string[]> {
  using shims = recordingShims();
  await mustNatmap(ns, variant, ['apply', ...rules], { env: shims.env });
  return shims.calls().filter((call) => !/ (--test|--version|-V)\b/.test(call));
}

/** Lets all rules of natmap's look as if packets had passed: an unneeded rewrite would show. */
async function countPackets(ns: Namespace, variant: Variant): Promise<void> {
  const state = await savedWithCounters(ns, variant);
  for (const family of families) {
    const text = state[family].map((line) =>
      line.replace(/^\[0:0\] -A NATMAP/, '[5:300] -A NATMAP'),
    );
    await load(ns, variant, family, text.join('\n'));
  }
}

/** iptables cannot remove a table: one that held restrictions stays, and holds nothing but its policies. */
function withoutEmptyTables(saved: Saved): Saved {
  const filled = (lines: readonly string[]) => {
    const tables = lines.join('\n').split(/^(?=\*)/m);
    return tables
      .filter((table) => /^(-A|:\S+ -)/m.test(table))
      .flatMap((each) => each.trimEnd().split('\n'));
  };
  return { ipv4: filled(saved.ipv4), ipv6: filled(saved.ipv6) };
}
