/**
 * What natmap builds on: the longest that iptables 1.8.9 takes, and what becomes of counters
 * (section 9 of the contract), against the real one.
 */
import { describe, expect, test } from 'vitest';
import { multiportSlots } from '../../src/iptables/extensions/ports.ts';
import { longestComment } from '../../src/iptables/extensions/state.ts';
import { longestChainName } from '../../src/iptables/ruleset.ts';
import { longestLine, longestWord } from '../../src/iptables/words.ts';
import { longestInterface } from '../../src/net/interface.ts';
import { content, testIf } from '../support/facts.ts';
import { hasIptables } from '../support/installed.ts';
import { save } from '../support/iptables.ts';
import { kernelReason, variantsAndFamilies } from '../support/kernel.ts';
import { createNamespace, type Namespace } from '../support/namespace.ts';
import { block, mustRestore, restore } from '../support/restore.ts';

/** The longest that is taken, one more, and what becomes of that. */
const limits: readonly [limit: string, fits: string, tooLong: string][] = [
  ['a chain name', `-N ${'c'.repeat(longestChainName)}`, `-N ${'c'.repeat(longestChainName + 1)}`],
  [
    'a chain name in a header',
    `:${'c'.repeat(longestChainName)} - [0:0]`,
    `:${'c'.repeat(longestChainName + 1)} - [0:0]`,
  ],
  [
    'an interface name',
    `-A INPUT -i ${'i'.repeat(longestInterface)}`,
    `-A INPUT -i ${'i'.repeat(longestInterface + 1)}`,
  ],
  [
    'an interface name with its wildcard',
    `-A INPUT -i ${'i'.repeat(longestInterface - 1)}+`,
    `-A INPUT -i ${'i'.repeat(longestInterface)}+`,
  ],
  [
    'the slots of multiport, of which a range takes two',
    `-A INPUT -p tcp -m multiport --dports ${ports(multiportSlots - 2)},1000:1001`,
    `-A INPUT -p tcp -m multiport --dports ${ports(multiportSlots - 1)},1000:1001`,
  ],
  [
    'a word',
    `-A INPUT -m comment --comment ${'w'.repeat(longestWord)}`,
    `-A INPUT -m comment --comment ${'w'.repeat(longestWord + 1)}`,
  ],
];

function ports(count: number): string {
  return Array.from({ length: count }, (_, index) => index + 1).join(',');
}

describe.skipIf(kernelReason()).each(variantsAndFamilies)('iptables-$variant, $family', (at) => {
  const { variant, family } = at;

  describe('limits', () => {
    test.each(limits)('%s', async (_, fits, tooLong) => {
      await using ns = await createNamespace();
      expect(await restore(ns, variant, family, block('filter', fits))).toMatchObject({ code: 0 });
      expect(await restore(ns, variant, family, block('filter', tooLong))).toEqual({
        code: 2,
        line: 2,
      });
    });

    test('a comment is cut silently behind its limit', async () => {
      await using ns = await createNamespace();
      const longest = 'k'.repeat(longestComment);
      const lines = [longest, `${longest}x`].map((text) => `-A INPUT -m comment --comment ${text}`);
      await mustRestore(ns, variant, family, block('filter', ...lines));
      expect(await content(ns, at)).toEqual([lines[0], lines[0]]);
    });

    test('a line is read to its limit', async () => {
      await using ns = await createNamespace();
      const lines = [lineOf(longestLine)];
      await mustRestore(ns, variant, family, block('filter', ...lines));
      expect((await content(ns, at)).map((line) => line.length)).toEqual([longestLine]);
    });

    test('a line behind its limit is read as two', async () => {
      await using ns = await createNamespace();
      const lines = [lineOf(longestLine + 2)];
      const ending = await restore(ns, variant, family, block('filter', ...lines));
      expect(ending).toEqual({ code: 2, line: 3 });
    });
  });

  describe('counters', () => {
    const counted = ['[5:300] -A INPUT -p tcp -j DROP', '[7:420] -A INPUT -p udp -j DROP'];
    const ignored = variant === 'nft' && family === 'ipv6' && !hasIptables('1.8.11');
    const rules = async (ns: Namespace) =>
      (await save(ns, variant, family)).split('\n').filter((line) => line.includes('-A '));

    testIf(!ignored)('[p:b] before -A and -I sets them, with --counters', async () => {
      await using ns = await createNamespace();
      const lines = [...counted, '[9:540] -I INPUT 2 -p sctp -j DROP'];
      await mustRestore(ns, variant, family, block('filter', ...lines), '--counters');
      expect(await rules(ns)).toEqual([
        '[5:300] -A INPUT -p tcp -j DROP',
        '[9:540] -A INPUT -p sctp -j DROP',
        '[7:420] -A INPUT -p udp -j DROP',
      ]);
    });

    testIf(ignored)('ip6tables-nft takes [p:b] with --counters, and ignores it', async () => {
      await using ns = await createNamespace();
      const lines = [...counted, '[9:540] -I INPUT 2 -p sctp -j DROP'];
      await mustRestore(ns, variant, family, block('filter', ...lines), '--counters');
      expect(await rules(ns)).toEqual([
        '[0:0] -A INPUT -p tcp -j DROP',
        '[0:0] -A INPUT -p sctp -j DROP',
        '[0:0] -A INPUT -p udp -j DROP',
      ]);
    });

    test('[p:b] is ignored without --counters', async () => {
      await using ns = await createNamespace();
      await mustRestore(ns, variant, family, block('filter', ...counted));
      expect(await rules(ns)).toEqual([
        '[0:0] -A INPUT -p tcp -j DROP',
        '[0:0] -A INPUT -p udp -j DROP',
      ]);
    });

    testIf(!ignored)('of the rules that a block does not name stay', async () => {
      await using ns = await createNamespace();
      await mustRestore(ns, variant, family, block('filter', ...counted), '--counters');
      const edit = ['-D INPUT -p tcp -j DROP', '-I INPUT 1 -p sctp -j DROP', '-N DOCKER-USER'];
      await mustRestore(ns, variant, family, block('filter', ...edit), '--counters');
      expect(await rules(ns)).toEqual([
        '[0:0] -A INPUT -p sctp -j DROP',
        '[7:420] -A INPUT -p udp -j DROP',
      ]);
    });

    testIf(!ignored)('of a refilled chain start at 0 unless they are given', async () => {
      await using ns = await createNamespace();
      const fill = (prefix: string) =>
        block('filter', ':NATMAP - [0:0]', `${prefix}-A NATMAP -p tcp -j DROP`);
      await mustRestore(ns, variant, family, fill('[5:300] '), '--counters');
      await mustRestore(ns, variant, family, fill(''), '--counters');
      expect(await rules(ns)).toEqual(['[0:0] -A NATMAP -p tcp -j DROP']);
    });
  });
});

/** One rule as a line of so many bytes. */
function lineOf(length: number): string {
  const match = (size: number) => ` -m comment --comment ${'x'.repeat(size)}`;
  let line = '-A INPUT';
  while (line.length + match(200).length + match(55).length <= length) line += match(200);
  return line + match(length - line.length - match(0).length);
}
