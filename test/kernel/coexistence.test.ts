/**
 * What natmap finds in chains that are not its own: what the daemon left is replaced, the jumps are
 * made, kept where an administrator moved them and made single, and no policy is touched.
 */
import { describe, expect, test } from 'vitest';
import { patchedBoth, summary } from '../support/diff.ts';
import { loadDockerRuleset } from '../support/docker-ruleset.ts';
import { everyKind, inlineRules } from '../support/inputs.ts';
import { chain, iptables, load, policies, type Saved, savedBoth } from '../support/iptables.ts';
import { type Family, families, kernelReason, type Variant, variants } from '../support/kernel.ts';
import { createNamespace, type Namespace } from '../support/namespace.ts';
import { mustNatmap, natmap } from '../support/natmap.ts';

const rules = inlineRules(everyKind);
const noChanges = 'ipv4: no changes; ipv6: no changes';

const jumps = [
  ['nat', 'PREROUTING', '-A PREROUTING -j NATMAP'],
  ['nat', 'OUTPUT', '-A OUTPUT -j NATMAP-OUTPUT'],
  ['nat', 'POSTROUTING', '-A POSTROUTING -j NATMAP-POSTROUTING'],
  ['filter', 'DOCKER-USER', '-A DOCKER-USER -j NATMAP'],
] as const;

async function dockerHost(variant: Variant, edit?: (text: string) => string): Promise<Namespace> {
  const ns = await createNamespace();
  await loadDockerRuleset(ns, variant, edit);
  return ns;
}

/** Applies the rules, checks that `diff` foretold it, and gives back the state before and after. */
async function apply(ns: Namespace, variant: Variant): Promise<{ before: Saved; after: Saved }> {
  const before = await savedBoth(ns, variant);
  const { stdout } = await natmap(ns, variant, ['diff', ...rules]);
  await mustNatmap(ns, variant, ['apply', ...rules]);
  const after = await savedBoth(ns, variant);
  expect(after).toEqual(patchedBoth(before, stdout));
  return { before, after };
}

/** As the natmap daemon wrote its rules: in built-in chains, known by their comment. */
function withDaemonRules(text: string): string {
  const [outside, inside] = text.includes('2001:db8:')
    ? ['2001:db8:43::43/128', '2001:db8:10::101']
    : ['203.0.113.43/32', '10.0.0.101'];
  return text
    .replace(
      /^(.*-A PREROUTING -m addrtype.*\n)/m,
      `-A PREROUTING -d ${outside} -p tcp -m tcp --dport 25 -m comment --comment "natmap:dnat:old:25" -j DNAT --to-destination ${inside}
$1-A PREROUTING -p tcp -m tcp --dport 26 -m comment --comment "not natmap:mine" -j RETURN
-A PREROUTING -d ${outside} -p udp -m udp --dport 53 -m comment --comment "natmap:dnat:old:53" -j DNAT --to-destination ${inside}
-A POSTROUTING -s ${inside} -o vmbr0 -m comment --comment "natmap:snat:old" -j MASQUERADE
`,
    )
    .replace(
      /^(.*-A FORWARD -j DOCKER-USER\n)/m,
      `-A FORWARD -d ${inside} -p tcp -m tcp --dport 25 -m comment --comment "natmap:dnat:old:25" -j ACCEPT
$1`,
    );
}

describe.skipIf(kernelReason()).each(variants)('iptables-%s', (variant) => {
  describe('rules of the natmap daemon in built-in chains', () => {
    const others = (lines: string[]) => lines.filter((line) => !/"natmap:|NATMAP/.test(line));

    test('are replaced by apply, and no other rule with them', async () => {
      await using ns = await dockerHost(variant, withDaemonRules);
      const { before, after } = await apply(ns, variant);
      for (const family of families) {
        expect(after[family].join('\n')).not.toContain('natmap:dnat:old');
        expect(others(after[family])).toEqual(others(before[family]));
        expect(chain(after[family], 'nat', 'PREROUTING')).toContainEqual(
          expect.stringContaining('"not natmap:mine"'),
        );
      }
    });

    test('are removed by flush, and no other rule with them', async () => {
      await using ns = await dockerHost(variant, withDaemonRules);
      const before = await savedBoth(ns, variant);
      await mustNatmap(ns, variant, ['flush']);
      const after = await savedBoth(ns, variant);
      expect(after).toEqual({ ipv4: others(before.ipv4), ipv6: others(before.ipv6) });
    });
  });

  describe.each(jumps)('the jump in %s %s', (table, name, jump) => {
    const both = (state: Saved) => families.map((family) => chain(state[family], table, name));

    test('is made once, before what was there and behind what blocks in DOCKER-USER', async () => {
      await using ns = await dockerHost(variant);
      const { before, after } = await apply(ns, variant);
      const placeIn = (lines: readonly string[]) =>
        name === 'DOCKER-USER'
          ? 1 + lines.findLastIndex((line) => / -j (DROP|REJECT)/.test(line))
          : 0;
      expect(both(after)).toEqual(
        both(before).map((lines) => lines.toSpliced(placeIn(lines), 0, jump)),
      );
    });

    test('stays where the administrator moved it', async () => {
      await using ns = await dockerHost(variant);
      await mustNatmap(ns, variant, ['apply', ...rules]);
      await iptables(ns, variant, `-t ${table} ${jump.replace('-A', '-D')}`);
      await iptables(ns, variant, `-t ${table} ${jump.replace(`-A ${name}`, `-I ${name} 2`)}`);
      const moved = await savedBoth(ns, variant);
      const { stdout } = await mustNatmap(ns, variant, ['diff', ...rules]);
      await mustNatmap(ns, variant, ['apply', ...rules]);
      expect(stdout.trim()).toBe(noChanges);
      expect(await savedBoth(ns, variant)).toEqual(moved);
    });

    test('stays the first of two when it was doubled', async () => {
      await using ns = await dockerHost(variant);
      await mustNatmap(ns, variant, ['apply', ...rules]);
      const once = await savedBoth(ns, variant);
      await iptables(ns, variant, `-t ${table} ${jump}`);
      const { stdout } = await natmap(ns, variant, ['diff', ...rules]);
      await mustNatmap(ns, variant, ['apply', ...rules]);
      expect(summary(stdout)).toBe('ipv4: 1 rule removed; ipv6: 1 rule removed');
      expect(await savedBoth(ns, variant)).toEqual(once);
    });
  });

  describe('DOCKER-USER', () => {
    const own = ['-A FORWARD -i lan0 -j ACCEPT', '-A DOCKER-USER -i lan0 -j RETURN'] as const;

    async function host(chains: string): Promise<Namespace> {
      const ns = await createNamespace();
      for (const family of families) {
        await load(ns, variant, family, `*filter\n:FORWARD DROP\n${chains}\nCOMMIT\n`);
      }
      return ns;
    }

    function forward(state: Saved, family: Family): string[][] {
      return ['FORWARD', 'DOCKER-USER'].map((name) => chain(state[family], 'filter', name));
    }

    test('is created with a jump from FORWARD at the first place when missing', async () => {
      await using ns = await host(own[0]);
      const { after } = await apply(ns, variant);
      for (const family of families) {
        expect(forward(after, family)).toEqual([
          ['-A FORWARD -j DOCKER-USER', own[0]],
          ['-A DOCKER-USER -j NATMAP'],
        ]);
      }
    });

    test('gets a jump from FORWARD when it is there without one, and keeps its rules', async () => {
      await using ns = await host(`:DOCKER-USER -\n${own.join('\n')}`);
      const { after } = await apply(ns, variant);
      for (const family of families) {
        expect(forward(after, family)).toEqual([
          ['-A FORWARD -j DOCKER-USER', own[0]],
          ['-A DOCKER-USER -j NATMAP', own[1]],
        ]);
      }
    });
  });

  test('no policy of a built-in chain changes, open or closed', async () => {
    const closed = (text: string) => text.replace(':INPUT ACCEPT', ':INPUT DROP');
    await using ns = await dockerHost(variant, closed);
    const { before, after } = await apply(ns, variant);
    await mustNatmap(ns, variant, ['flush']);
    const flushed = await savedBoth(ns, variant);
    for (const family of families) {
      expect(policies(after[family])).toEqual(policies(before[family]));
      expect(policies(flushed[family])).toEqual(policies(before[family]));
    }
  });
});
