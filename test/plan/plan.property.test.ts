import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isOwnedChain, isOwnedRule } from '../../src/iptables/owned.ts';
import { comparableLines } from '../../src/iptables/print.ts';
import { findChain, findTable, type Ruleset } from '../../src/iptables/ruleset.ts';
import { jumps, type Wanted } from '../../src/iptables/wanted.ts';
import { applyGoal, flushGoal } from '../../src/plan/goal.ts';
import { ownedLines } from '../../src/plan/owned-part.ts';
import { printPayload } from '../../src/plan/payload.ts';
import { expectedLines, makePlan } from '../../src/plan/plan.ts';
import { madeBy, restoreGoal } from '../../src/plan/restore-goal.ts';
import { contents, restored } from './restore-model.ts';
import { foreignPart, live, onlyTablesOf, wanted } from './rulesets.ts';

const runs = { numRuns: 250 };

function rulesOf(ruleset: Ruleset, table: string, chain: string): string[] | undefined {
  return findChain(findTable(ruleset, table), chain)?.rules.map(({ spec }) => spec);
}

/** What is not ours, with what apply adds to it: tables, DOCKER-USER and the jump to it. */
function foreignAfterApply(ruleset: Ruleset, goal: Wanted): string[] {
  const created = makePlan({ ...ruleset, tables: [] }, applyGoal(goal), 'nft').after;
  const missing = created.tables.filter(({ name }) => findTable(ruleset, name) === undefined);
  const tables = [...ruleset.tables, ...missing].map((table) => {
    if (table.name !== 'filter') return table;
    const user = findChain(table, 'DOCKER-USER') ?? {
      name: 'DOCKER-USER',
      policy: '-',
      counters: null,
      rules: [],
    };
    const chains = table.chains
      .filter(({ name }) => name !== 'DOCKER-USER')
      .map((chain) => {
        const hasJump = chain.rules.some(({ spec }) => spec === '-j DOCKER-USER');
        if (chain.name !== 'FORWARD' || hasJump) return chain;
        return { ...chain, rules: [{ spec: '-j DOCKER-USER', counters: null }, ...chain.rules] };
      });
    return { ...table, chains: [...chains, user] };
  });
  return foreignPart({ ...ruleset, tables }).sort();
}

describe('apply', () => {
  test('leads to exactly what is wanted', () => {
    fc.assert(
      fc.property(live, wanted, ({ variant, ruleset }, goal) => {
        const { after } = makePlan(ruleset, applyGoal(goal), variant);
        for (const { table, name, rules } of goal.chains) {
          expect(rulesOf(after, table, name)).toEqual(rules.map(({ spec }) => spec));
        }
        const ours = after.tables.flatMap(({ name, chains }) =>
          chains
            .filter((chain) => isOwnedChain(chain.name))
            .map((chain) => `${name} ${chain.name}`),
        );
        expect(ours.sort()).toEqual(
          goal.chains.map(({ table, name }) => `${table} ${name}`).sort(),
        );
      }),
      runs,
    );
  });

  test('makes each jump once, and leaves no other rule owned by natmap outside our chains', () => {
    fc.assert(
      fc.property(live, wanted, ({ variant, ruleset }, goal) => {
        const { after } = makePlan(ruleset, applyGoal(goal), variant);
        const outside = after.tables.flatMap(({ name: table, chains }) =>
          chains
            .filter(({ name }) => !isOwnedChain(name))
            .flatMap(({ name, rules }) => rules.map(({ spec }) => ({ table, chain: name, spec })))
            .filter(({ spec }) => isOwnedRule(spec)),
        );
        const desired = jumps.filter((jump) =>
          goal.chains.some(({ table, name }) => table === jump.table && name === jump.target),
        );
        const places = desired.map(({ table, chain, spec }) => ({ table, chain, spec }));
        expect(outside).toHaveLength(places.length);
        expect(outside).toEqual(expect.arrayContaining(places));
      }),
      runs,
    );
  });

  test('changes no rule, chain or policy of anybody else', () => {
    fc.assert(
      fc.property(live, wanted, ({ variant, ruleset }, goal) => {
        const { after } = makePlan(ruleset, applyGoal(goal), variant);
        expect(foreignPart(after).sort()).toEqual(foreignAfterApply(ruleset, goal));
        for (const { name, chains } of ruleset.tables) {
          for (const chain of chains.filter((each) => !isOwnedChain(each.name))) {
            const own = (rules: string[] | undefined) =>
              rules?.filter((spec) => !isOwnedRule(spec));
            const now = own(rulesOf(after, name, chain.name));
            const was = own(rulesOf(ruleset, name, chain.name));
            // The only rule that apply adds to a chain of others is the jump to DOCKER-USER.
            const isForward = name === 'filter' && chain.name === 'FORWARD';
            const added = isForward && !was?.includes('-j DOCKER-USER') ? ['-j DOCKER-USER'] : [];
            expect(now).toEqual([...added, ...(was ?? [])]);
          }
        }
      }),
      runs,
    );
  });

  test('done twice does nothing', () => {
    fc.assert(
      fc.property(live, wanted, ({ variant, ruleset }, goal) => {
        const { after } = makePlan(ruleset, applyGoal(goal), variant);
        const again = makePlan(after, applyGoal(goal), variant);
        expect(again.edits).toEqual([]);
        expect(again.after).toEqual(after);
      }),
      runs,
    );
  });

  test('then flush gives back the part that is not ours', () => {
    fc.assert(
      fc.property(live, wanted, ({ variant, ruleset }, goal) => {
        const { after } = makePlan(ruleset, applyGoal(goal), variant);
        const flushed = makePlan(after, flushGoal, variant).after;
        expect(ownedLines(flushed)).toEqual([]);
        expect(comparableLines(flushed)).toEqual(foreignPart(after));
        expect(comparableLines(flushed).sort()).toEqual(foreignAfterApply(ruleset, goal));
      }),
      runs,
    );
  });
});

describe('going back after an apply', () => {
  test('gives our part as it was, and the whole with its counters where nobody else changed anything', () => {
    fc.assert(
      fc.property(live, wanted, ({ variant, ruleset }, goal) => {
        const plan = makePlan(ruleset, applyGoal(goal), variant);
        const back = makePlan(plan.after, restoreGoal(ruleset, madeBy(plan)), variant).after;
        expect(ownedLines(back)).toEqual(ownedLines(ruleset));
        const kept = onlyTablesOf(back, ruleset);
        expect(comparableLines(kept)).toEqual(comparableLines(ruleset));
        expect(contents(kept)).toEqual(contents(ruleset));
      }),
      runs,
    );
  });

  test('gives our part as it was on a host that has lost all of its tables, and knows what to expect', () => {
    fc.assert(
      fc.property(live, live, ({ variant, ruleset }, other) => {
        const foreign = makePlan(other.ruleset, flushGoal, other.variant).after;
        for (const now of [{ ...ruleset, tables: [] }, foreign]) {
          const goal = restoreGoal(ruleset);
          const plan = makePlan(now, goal, variant);
          expect(ownedLines(plan.after)).toEqual(expectedLines(plan, goal));
          expect(expectedLines(plan, goal)).toEqual(ownedLines(withChainsOf(ruleset, now)));
        }
      }),
      runs,
    );
  });

  test('leaves what others have changed since', () => {
    fc.assert(
      fc.property(live, live, wanted, ({ variant, ruleset }, other, goal) => {
        const { after } = makePlan(ruleset, applyGoal(goal), variant);
        const changed = withForeignRulesOf(after, other.ruleset);
        const back = makePlan(changed, restoreGoal(ruleset), variant).after;
        expect(ownedLines(back).sort()).toEqual(ownedLines(ruleset).sort());
        const forward = (lines: string[]) =>
          lines.filter((line) => !/^-A FORWARD -j DOCKER-USER$|^:DOCKER-USER/.test(line));
        expect(forward(foreignPart(back))).toEqual(forward(foreignPart(changed)));
      }),
      runs,
    );
  });
});

/** The rule set without the chains of others that the host does not have; DOCKER-USER is made there. */
function withChainsOf(ruleset: Ruleset, host: Ruleset): Ruleset {
  return {
    ...ruleset,
    tables: ruleset.tables.map((table) => ({
      ...table,
      chains: table.chains.filter(
        ({ name, policy }) =>
          isOwnedChain(name) ||
          policy !== '-' ||
          (table.name === 'filter' && name === 'DOCKER-USER') ||
          findChain(findTable(host, table.name), name) !== undefined,
      ),
    })),
  };
}

/** The rule set with the rules of others put after each of its own in the chains that both have. */
function withForeignRulesOf(ruleset: Ruleset, other: Ruleset): Ruleset {
  return {
    ...ruleset,
    tables: ruleset.tables.map((table) => ({
      ...table,
      chains: table.chains.map((chain) => {
        const theirs = findChain(findTable(other, table.name), chain.name)?.rules ?? [];
        const usable = theirs.filter(
          ({ spec }) => !isOwnedRule(spec) && !spec.includes('-j DOCKER'),
        );
        if (isOwnedChain(chain.name)) return chain;
        const mixed = chain.rules.flatMap((rule, index) => [
          ...usable.slice(index, index + 1),
          rule,
        ]);
        return { ...chain, rules: [...mixed, ...usable.slice(chain.rules.length)] };
      }),
    })),
  };
}

/** The rule set with our rules before or behind those of others, as somebody may have moved them. */
function withOwnedMoved(ruleset: Ruleset, where: 'first' | 'last'): Ruleset {
  const rank = (spec: string) => Number(isOwnedRule(spec) === (where === 'last'));
  return {
    ...ruleset,
    tables: ruleset.tables.map((table) => ({
      ...table,
      chains: table.chains.map((chain) => ({
        ...chain,
        rules: isOwnedChain(chain.name)
          ? chain.rules
          : chain.rules.toSorted((a, b) => rank(a.spec) - rank(b.spec)),
      })),
    })),
  };
}

test.each(['first', 'last'] as const)(
  'going back where somebody has put our rules %s moves ours and not his',
  (where) => {
    fc.assert(
      fc.property(live, wanted, ({ variant, ruleset }, goal) => {
        const { after } = makePlan(ruleset, applyGoal(goal), variant);
        const moved = withOwnedMoved(after, where);
        const { after: back, edits } = makePlan(moved, restoreGoal(ruleset), variant);
        const payload = printPayload(edits);
        expect(payload.split('\n').filter(namesOthers)).toEqual([]);
        expect(restored(moved, payload).sort()).toEqual(contents(back).sort());
        expect(ownedLines(back)).toEqual(ownedLines(ruleset));
      }),
      runs,
    );
  },
);

describe.each([
  ['apply', (_: Ruleset, goal: Wanted) => applyGoal(goal)],
  ['flush', () => flushGoal],
  ['going back', (ruleset: Ruleset) => restoreGoal(ruleset)],
])('the payload of %s', (name, goalOf) => {
  /** For going back, what is there is what an apply has made. */
  function planOf(ruleset: Ruleset, goal: Wanted, variant: 'nft' | 'legacy') {
    const before =
      name === 'going back' ? makePlan(ruleset, applyGoal(goal), variant).after : ruleset;
    return makePlan(before, goalOf(ruleset, goal), variant);
  }

  test('makes the state that the plan shows', () => {
    fc.assert(
      fc.property(live, wanted, ({ variant, ruleset }, goal) => {
        const { before, after, edits } = planOf(ruleset, goal, variant);
        expect(restored(before, printPayload(edits)).sort()).toEqual(contents(after).sort());
      }),
      runs,
    );
  });

  test('names no chain and no rule of anybody else', () => {
    fc.assert(
      fc.property(live, wanted, ({ variant, ruleset }, goal) => {
        const payload = printPayload(planOf(ruleset, goal, variant).edits);
        expect(payload.split('\n').filter(namesOthers)).toEqual([]);
      }),
      runs,
    );
  });
});

function namesOthers(line: string): boolean {
  if (line === '' || line === 'COMMIT' || /^\*(filter|nat|mangle|raw)$/.test(line)) return false;
  const [, command = '', chain = '', rest = ''] =
    /^(?:\[\d+:\d+\] )?(:|-[A-Z] )(\S+)(?: (.*))?$/.exec(line) ?? [];
  if (isOwnedChain(chain)) return false;
  const rule = command === '-I ' ? rest.replace(/^\d+ /, '') : rest;
  if (command === '-I ' || command === '-D ') {
    return !isOwnedRule(rule) && !(chain === 'FORWARD' && rule === '-j DOCKER-USER');
  }
  return !(['-N ', '-F ', '-X '].includes(command) && chain === 'DOCKER-USER' && rest === '');
}
