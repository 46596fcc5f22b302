import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Rule, Table } from '../../src/iptables/ruleset.ts';
import { type Operation, play } from '../../src/plan/operation.ts';
import { compareRules, editOwned, editRules, type Tools } from '../../src/plan/owned-chain.ts';
import { printPayload } from '../../src/plan/payload.ts';
import {
  distinctRules,
  natmapChain,
  type RuleLists,
  repeatedRules,
  ways,
} from '../support/rule-lists.ts';
import { contents, restored } from './restore-model.ts';

function tableOf(rules: readonly Rule[]): Table {
  return { name: 'nat', chains: [natmapChain(rules)] };
}

/** The rules after the operations, as the model plays them. */
function played({ live }: RuleLists, operations: readonly Operation[]): readonly Rule[] {
  return play(tableOf(live), operations).chains.flatMap(({ rules }) => rules);
}

const specs = (rules: readonly Rule[]) => rules.map(({ spec }) => spec);

const runs = { numRuns: 500 };
const lists = fc.oneof(distinctRules, repeatedRules);

describe.each(ways)('%s', (_, operationsOf) => {
  test('makes the rules those that are wanted', () => {
    fc.assert(
      fc.property(lists, (each) => {
        expect(specs(played(each, operationsOf(each)))).toEqual(specs(each.goal));
      }),
      runs,
    );
  });

  test('as a payload makes what the model plays, counters and all', () => {
    fc.assert(
      fc.property(lists, (each) => {
        const operations = operationsOf(each);
        const table = tableOf(each.live);
        const before = { family: 'ipv4' as const, tables: [table] };
        const after = { ...before, tables: [play(table, operations)] };
        const payload = printPayload([{ table: 'nat', operations }]);
        expect(restored(before, payload)).toEqual(contents(after));
      }),
      runs,
    );
  });

  test('lets every rule that was there keep its counters', () => {
    fc.assert(
      fc.property(distinctRules, (each) => {
        const before = new Map(each.live.map(({ spec, counters }) => [spec, counters]));
        for (const { spec, counters } of played(each, operationsOf(each))) {
          expect(counters).toEqual(before.get(spec) ?? null);
        }
      }),
      runs,
    );
  });

  test('takes the counters of a rule that stands twice from one copy each', () => {
    fc.assert(
      fc.property(repeatedRules, (each) => {
        const of = (rules: readonly Rule[], wanted: string) =>
          rules.filter(({ spec, counters }) => spec === wanted && counters !== null);
        const after = played(each, operationsOf(each));
        for (const spec of specs(each.goal)) {
          const [was, is] = [of(each.live, spec), of(after, spec)];
          const copies = each.goal.filter((rule) => rule.spec === spec).length;
          expect(is).toHaveLength(Math.min(was.length, copies));
          expect(was).toEqual(expect.arrayContaining(is));
        }
      }),
      runs,
    );
  });
});

test('an edit names no rule that stays, and each other one once', () => {
  fc.assert(
    fc.property(distinctRules, ({ live, goal }) => {
      const changes = compareRules(live, goal);
      const stays = changes.flatMap(({ kind, lines }) => (kind === 'same' ? lines : []));
      const operations = editRules(natmapChain(live), goal, changes);
      const touched = operations.flatMap((each) => {
        if (each.kind === 'delete-at') return [live[each.index]?.spec];
        return each.kind === 'insert' ? [each.rule.spec] : ['something else'];
      });
      expect(touched).toHaveLength(live.length + goal.length - 2 * stays.length);
      expect(touched.filter((spec) => stays.includes(spec ?? ''))).toEqual([]);
    }),
    runs,
  );
});

describe('a chain is', () => {
  const iptables: Tools = { backend: 'legacy', family: 'ipv4', version: '1.8.9' };
  const ip6tablesNft: Tools = { backend: 'nft', family: 'ipv6', version: '1.8.9' };

  const newest: Tools = { ...ip6tablesNft, version: '1.8.11' };

  /** The kind of operation for a chain of which every `every`th rule is replaced. */
  function wayOf(tools: Tools, length: number, every: number): string | undefined {
    const live = Array.from({ length }, (_, port) => rule(`${port}`));
    const goal = live.map((each, index) => (index % every === 0 ? rule(`new ${index}`) : each));
    return editOwned(natmapChain(live), goal, tools)[0]?.kind;
  }

  test.each<[what: string, tools: Tools, length: number, every: number, way: string]>([
    ['edited where one rule of many changes', iptables, 10_000, 10_000, 'delete-at'],
    ['edited where a fifth changes', iptables, 10_000, 5, 'delete-at'],
    ['rewritten where a third changes', iptables, 10_000, 3, 'fill'],
    ['edited where a third of few rules changes', iptables, 60, 3, 'delete-at'],
    ['rewritten where no rule stays', iptables, 3, 1, 'fill'],
    ['rewritten where edits would take seconds', iptables, 40_000, 10, 'fill'],
    ['edited by ip6tables-nft where half changes', ip6tablesNft, 5000, 2, 'delete-at'],
    ['rewritten by ip6tables-nft 1.8.11 where half changes', newest, 5000, 2, 'fill'],
    ['rewritten by ip6tables-nft where edits would take seconds', ip6tablesNft, 40_000, 10, 'fill'],
  ])('%s', (_, tools, length, every, way) => {
    expect(wayOf(tools, length, every)).toBe(way);
  });

  test('left alone where it is in sync', () => {
    const rules = [rule('80'), rule('81')];
    expect(editOwned(natmapChain(rules), rules, iptables)).toEqual([]);
  });
});

function rule(name: string): Rule {
  return { spec: `-m comment --comment "natmap:${name}" -j RETURN`, counters: null };
}
