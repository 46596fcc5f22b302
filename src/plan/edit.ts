// From the live rules of a table to a goal, in operations.
import { isDeletableByText } from '../iptables/deletable.ts';
import { isOwnedChain, isOwnedRule } from '../iptables/owned.ts';
import type { Chain, Rule, Table } from '../iptables/ruleset.ts';
import type { Goal } from './goal.ts';
import { leavingCounters } from './leaving-rules.ts';
import type { Operation } from './operation.ts';
import { editOwned, rewrite, type Tools } from './owned-chain.ts';

/**
 * The operations that lead `table` to `goal`. Their order: our chains are made before anything
 * leads to them, and nothing leads to a chain any more when it is removed.
 */
export function editTable(table: Table, goal: Goal, tools: Tools): Operation[] {
  const made = goal
    .required(table.name)
    .filter((name) => !table.chains.some((chain) => chain.name === name));
  const gone = table.chains.filter((chain) => goal.isLeftover(table, chain));
  const foreign = [
    ...table.chains.filter((chain) => !isOwnedChain(chain.name)),
    ...made.map((name): Chain => ({ name, policy: '-', counters: null, rules: [] })),
  ];
  const edits = foreign.flatMap((chain) => editForeign(chain, goal.foreign(table, chain)));
  return [
    ...editChains(table, goal, tools),
    ...made.map((chain): Operation => ({ kind: 'new-chain', chain })),
    ...edits.filter(({ kind }) => kind !== 'insert'),
    ...gone.map(({ name }): Operation => ({ kind: 'remove-empty-chain', chain: name })),
    ...removeChains(table, goal),
    ...edits.filter(({ kind }) => kind === 'insert'),
  ];
}

function editChains(table: Table, goal: Goal, tools: Tools): Operation[] {
  const desired = goal.chains(table.name);
  const live = new Map(table.chains.map((chain) => [chain.name, chain]));
  const take = leavingCounters(table, desired);
  return [...desired].flatMap(([name, rules]) => {
    const chain = live.get(name);
    if (chain !== undefined) return editOwned(chain, rules, tools);
    const counting = rules.map((rule) => ({ ...rule, counters: rule.counters ?? take(rule.spec) }));
    return [rewrite(name, [], counting)];
  });
}

function removeChains(table: Table, goal: Goal): Operation[] {
  const wanted = goal.chains(table.name);
  return table.chains
    .filter(({ name }) => isOwnedChain(name) && !wanted.has(name))
    .map(({ name }) => removal(name));
}

function removal(chain: string): Operation {
  return { kind: 'remove-chain', chain };
}

function sameRules(a: readonly Rule[], b: readonly Rule[]): boolean {
  return a.length === b.length && a.every(({ spec }, index) => spec === b[index]?.spec);
}

/**
 * A chain that is not natmap's: rules whose place changed are deleted, every copy of them, and inserted
 * again. All others are not named at all. Numbers come first, the last one before the others, while they
 * are what they were when the chain was read.
 */
function editForeign({ name, rules }: Chain, goal: readonly Rule[]): Operation[] {
  if (sameRules(rules, goal)) return [];
  const moved = movedSpecs(rules, goal);
  const deleted = [...rules.entries()].filter(([, { spec }]) => moved.has(spec));
  const [byText, byNumber] = [true, false].map((wanted) =>
    deleted.filter(([, { spec }]) => isDeletableByText(spec) === wanted),
  );
  return [
    ...(byNumber ?? [])
      .toReversed()
      .map(([index]): Operation => ({ kind: 'delete-at', chain: name, index })),
    ...(byText ?? []).map(([, { spec }]): Operation => ({ kind: 'delete', chain: name, spec })),
    ...goal.flatMap((rule, index): Operation[] =>
      moved.has(rule.spec) ? [{ kind: 'insert', chain: name, index, rule }] : [],
    ),
  ];
}

/** The texts to take out of both so that the rest is the same in the same order. */
function movedSpecs(rules: readonly Rule[], goal: readonly Rule[]): ReadonlySet<string> {
  const counts = new Map<string, number>();
  for (const { spec } of rules) counts.set(spec, (counts.get(spec) ?? 0) + 1);
  for (const { spec } of goal) counts.set(spec, (counts.get(spec) ?? 0) - 1);
  const moved = new Set([...counts].filter(([, count]) => count !== 0).map(([spec]) => spec));
  for (;;) {
    const rest = rules.filter(({ spec }) => !moved.has(spec));
    const goalRest = goal.filter(({ spec }) => !moved.has(spec));
    const differing = rest.findIndex(({ spec }, index) => spec !== goalRest[index]?.spec);
    const pair = [goalRest[differing]?.spec, rest[differing]?.spec].filter(
      (spec) => spec !== undefined,
    );
    // Rules of others keep their order, so that one of the two that differ is ours.
    const spec = pair.find(isOwnedRule) ?? pair[0];
    if (spec === undefined) return moved;
    moved.add(spec);
  }
}
