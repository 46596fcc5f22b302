/**
 * A chain of natmap's changed by an edit and by a rewrite: iptables-restore makes of both, rule for rule and
 * count for count, what the model plays.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { printSave } from '../../src/iptables/print.ts';
import type { Chain } from '../../src/iptables/ruleset.ts';
import { play } from '../../src/plan/operation.ts';
import { printPayload } from '../../src/plan/payload.ts';
import { load, save } from '../support/iptables.ts';
import { kernelReason, variantsAndFamilies } from '../support/kernel.ts';
import { createNamespace } from '../support/namespace.ts';
import { mustRestore } from '../support/restore.ts';
import { distinctRules, natmapChain, repeatedRules, ways } from '../support/rule-lists.ts';

describe.skipIf(kernelReason()).each(variantsAndFamilies)('iptables-$variant, $family', (at) => {
  const { variant, family } = at;
  /** docs/notes/ip6tables-nft-counters.md */
  const losesCounters = variant === 'nft' && family === 'ipv6';

  /** The rules of a chain that nothing leads to, so that none of them counts anything. */
  function linesOf(text: string): string[] {
    const lines = text.split('\n').filter((line) => line.includes('-A NATMAP'));
    return losesCounters ? lines.map((line) => line.replace(/^\[\d+:\d+\] /, '')) : lines;
  }

  function printed(chain: Chain): string {
    const rules = chain.rules.map(({ spec, counters }) => ({ spec, counters: counters ?? zero }));
    const filter = { name: 'filter', chains: [{ ...chain, counters: zero, rules }] };
    return printSave({ family, tables: [filter] });
  }

  test.each(ways)('%s makes what the model plays', async (_, operationsOf) => {
    await using ns = await createNamespace();
    await fc.assert(
      fc.asyncProperty(fc.oneof(distinctRules, repeatedRules), async (lists) => {
        const operations = operationsOf(lists);
        const live = natmapChain(lists.live);
        await load(ns, variant, family, printed(live));
        const payload = printPayload([{ table: 'filter', operations }]);
        await mustRestore(ns, variant, family, payload, '--counters');
        const [after] = play({ name: 'filter', chains: [live] }, operations).chains;
        expect(linesOf(await save(ns, variant, family))).toEqual(linesOf(printed(after ?? live)));
      }),
      { numRuns: 60 },
    );
  });
});

const zero = { packets: '0', bytes: '0' };
