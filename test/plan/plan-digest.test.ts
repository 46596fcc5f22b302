import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseSave } from '../../src/iptables/parse.ts';
import type { Ruleset } from '../../src/iptables/ruleset.ts';
import { standingChains, type Wanted } from '../../src/iptables/wanted.ts';
import { applyGoal } from '../../src/plan/goal.ts';
import { makePlan } from '../../src/plan/plan.ts';
import { planDigest } from '../../src/plan/plan-digest.ts';
import * as random from './rulesets.ts';

/** Both tables with the standing jumps, and rules of nat as they are printed. */
function live(nat: string, filter = ':DOCKER-USER - [0:0]\n-A FORWARD -j DOCKER-USER\n'): Ruleset {
  const text = `*filter\n:FORWARD ACCEPT [0:0]\n${filter}COMMIT\n*nat\n:PREROUTING ACCEPT [0:0]\n${nat}COMMIT\n`;
  const parsed = parseSave(text, 'ipv4');
  if (!parsed.ok) throw new Error(`line ${parsed.line}: ${parsed.problem}`);
  return parsed.ruleset;
}

function wanted(...nat: string[]): Wanted {
  const rules = nat.map((spec) => ({ spec, verbatim: false, origin: null }));
  return {
    family: 'ipv4',
    chains: standingChains.map(({ table, name }) => ({
      table,
      name,
      rules: table === 'nat' && name === 'NATMAP' ? rules : [],
    })),
  };
}

const ours = ':NATMAP - [0:0]\n-A NATMAP -j RETURN\n';
const rule = '-p tcp -m tcp --dport 25 -j DNAT --to-destination 10.0.0.1';

function digest(before: Ruleset, goal = wanted(rule), variant: 'nft' | 'legacy' = 'nft'): string {
  return planDigest([makePlan(before, applyGoal(goal), variant)]);
}

test('a digest names its algorithm', () => {
  expect(digest(live(ours))).toMatch(/^sha256:[0-9a-f]{64}$/);
});

test.each<[what: string, before: Ruleset]>([
  ['counters', live(ours.replace('-A', '[7:8] -A').replace('[0:0]', '[5:6]'))],
  ['what others add meanwhile', live(`:DOCKER - [0:0]\n-A PREROUTING -j DOCKER\n${ours}`)],
])('%s does not change it', (_, before) => {
  expect(digest(before)).toBe(digest(live(ours)));
});

test('the variant does not change it', () => {
  expect(digest(live(ours), wanted(rule), 'legacy')).toBe(digest(live(ours)));
});

test.each<[what: string, before: Ruleset, goal: Wanted]>([
  ['another rule owned by natmap before', live(ours.replace('RETURN', 'ACCEPT')), wanted(rule)],
  ['another rule owned by natmap after', live(ours), wanted(`${rule}1`)],
  ['another order after', live(ours), wanted('-j RETURN', rule)],
  ['a jump that has to be made', live(ours, ':DOCKER-USER - [0:0]\n'), wanted(rule)],
])('%s gives another one', (_, before, goal) => {
  expect(digest(before, goal)).not.toBe(digest(live(ours)));
});

test('the plans of both families count', () => {
  const plan = makePlan(live(ours), applyGoal(wanted(rule)), 'nft');
  const ipv6 = makePlan({ family: 'ipv6', tables: [] }, applyGoal(wanted()), 'nft');
  expect(planDigest([plan, ipv6])).not.toBe(planDigest([plan]));
});

test('plans with the same part owned by natmap before and other rules after have other digests', () => {
  fc.assert(
    fc.property(random.live, random.wanted, random.wanted, ({ ruleset }, one, other) => {
      const text = (goal: Wanted) => JSON.stringify(goal.chains);
      fc.pre(text(one) !== text(other));
      expect(digest(ruleset, one)).not.toBe(digest(ruleset, other));
    }),
    { numRuns: 200 },
  );
});
