import fc from 'fast-check';
import { expect, test } from 'vitest';
import { shorten } from '../../../src/apply/sandbox/trimmed-chain.ts';
import type { Table } from '../../../src/iptables/ruleset.ts';
import { type Operation, play } from '../../../src/plan/operation.ts';

const chain = 'NATMAP';

/** A chain with a rule for each name. */
function tableOf(names: readonly string[]): Table {
  const rules = names.map((spec) => ({ spec, counters: null }));
  return { name: 'nat', chains: [{ name: chain, policy: '-', counters: null, rules }] };
}

function played(names: readonly string[], operations: readonly Operation[]): string[] {
  return play(tableOf(names), operations).chains.flatMap(({ rules }) =>
    rules.map(({ spec }) => spec),
  );
}

/** Edits that can be carried out on so many rules, in any order. */
function edits(length: number): fc.Arbitrary<readonly Operation[]> {
  return fc.array(fc.tuple(fc.boolean(), fc.nat(1000)), { maxLength: 8 }).map((picks) => {
    let size = length;
    return picks.flatMap(([isInsert, pick], nth): Operation[] => {
      if (isInsert) {
        const index = pick % (size + 1);
        size++;
        return [{ kind: 'insert', chain, index, rule: { spec: `new ${nth}`, counters: null } }];
      }
      if (size === 0) return [];
      const index = pick % size;
      size--;
      return [{ kind: 'delete-at', chain, index }];
    });
  });
}

const cases = fc
  .nat(30)
  .chain((length) =>
    fc.tuple(fc.array(fc.boolean(), { minLength: length, maxLength: length }), edits(length)),
  );

test('the shortened chain comes out of its edits as the whole one does, less what was left out', () => {
  fc.assert(
    fc.property(cases, ([pinned, operations]) => {
      const whole = pinned.map((_, at) => `old ${at}`);
      const { kept, operations: renumbered } = shorten(pinned, operations);
      const left = whole.filter((_, at) => kept.has(at));
      const dropped = new Set(whole.filter((name) => !left.includes(name)));
      const expected = played(whole, operations).filter((name) => !dropped.has(name));
      expect(played(left, renumbered)).toEqual(expected);
    }),
  );
});

test('no more than two rules are kept for an edit, besides the pinned ones', () => {
  fc.assert(
    fc.property(cases, ([pinned, operations]) => {
      const { kept } = shorten(pinned, operations);
      const pins = pinned.filter((pin) => pin).length;
      expect(kept.size).toBeLessThanOrEqual(pins + 2 * operations.length);
      for (const [at, pin] of pinned.entries()) if (pin) expect(kept.has(at)).toBe(true);
    }),
  );
});

test('a chain with rules that are deleted by their text stays whole', () => {
  const operations: Operation[] = [
    { kind: 'delete', chain, spec: '-j NATMAP' },
    { kind: 'insert', chain, index: 2, rule: { spec: '', counters: null } },
  ];
  const { kept, operations: same } = shorten([false, false, false], operations);
  expect(kept.size).toBe(3);
  expect(same).toBe(operations);
});
