/**
 * The rules of a chain of natmap's before and after, for fast-check: rules that move, come, go and repeat;
 * and the two ways from the one to the other.
 */
import fc from 'fast-check';
import type { Chain, Rule } from '../../src/iptables/ruleset.ts';
import type { Operation } from '../../src/plan/operation.ts';
import { compareRules, editRules, rewrite } from '../../src/plan/owned-chain.ts';

/** What a chain holds, with counters, and what it is to hold. */
export interface RuleLists {
  readonly live: readonly Rule[];
  readonly goal: readonly Rule[];
}

const counters = fc
  .tuple(fc.nat(99), fc.nat(9999))
  .map(([packets, bytes]) => ({ packets: `${packets}`, bytes: `${bytes}` }));

function lists(live: readonly number[], goal: readonly number[]): fc.Arbitrary<RuleLists> {
  return fc.array(counters, { minLength: live.length, maxLength: live.length }).map((counts) => ({
    live: live.map((port, index) => ({ ...rule(port), counters: counts[index] ?? null })),
    goal: goal.map(rule),
  }));
}

function rule(port: number): Rule {
  return { spec: `-p tcp -m tcp --dport ${port} -j RETURN`, counters: null };
}

const ports = fc.uniqueArray(fc.nat(60), { maxLength: 30 });

/** No rule stands twice, as in what templates print. */
export const distinctRules: fc.Arbitrary<RuleLists> = ports.chain((live) =>
  fc
    .tuple(fc.shuffledSubarray(live), fc.uniqueArray(fc.integer({ min: 61, max: 90 })), fc.nat(30))
    .chain(([kept, fresh, at]) => lists(live, kept.toSpliced(at, 0, ...fresh))),
);

/** Few different rules, so that many stand twice. */
export const repeatedRules: fc.Arbitrary<RuleLists> = fc
  .tuple(fc.array(fc.nat(6), { maxLength: 20 }), fc.array(fc.nat(8), { maxLength: 20 }))
  .chain(([live, goal]) => lists(live, goal));

/** The chain `NATMAP` with these rules. */
export function natmapChain(rules: readonly Rule[]): Chain {
  return { name: 'NATMAP', policy: '-', counters: null, rules };
}

/** Both ways, whatever the planner would choose. */
export const ways: readonly (readonly [
  way: string,
  operationsOf: (lists: RuleLists) => readonly Operation[],
])[] = [
  ['an edit', ({ live, goal }) => editRules(natmapChain(live), goal, compareRules(live, goal))],
  ['a rewrite', ({ live, goal }) => [rewrite('NATMAP', live, goal)]],
];
