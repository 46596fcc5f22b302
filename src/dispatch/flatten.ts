// Trees of live rules as lists again, for those who ask what a chain of natmap's decides. Any order that
// keeps that of each leaf decides alike: rules that have packets in common stand in a leaf together.
import { isOwnedChain, ruleFacts } from '../iptables/owned.ts';
import type { Chain, Rule, Ruleset, Table } from '../iptables/ruleset.ts';

/** The comment of the rules that only lead to the chains of a tree. */
export const dispatchComment = 'natmap:dispatch';

export function isDispatchRule(spec: string): boolean {
  return (
    spec.includes(dispatchComment) &&
    ruleFacts(spec).comments.some((each) => each === dispatchComment)
  );
}

/** The rules with a list in place of each tree; all other chains are those of the rule set itself. */
export function flattenDispatch(ruleset: Ruleset): Ruleset {
  return { ...ruleset, tables: ruleset.tables.map(flattenTable) };
}

function flattenTable(table: Table): Table {
  const targets = new Map(table.chains.flatMap(dispatchTargets));
  if (targets.size === 0) return table;
  const trees: Trees = {
    chains: new Map(table.chains.map((chain) => [chain.name, chain])),
    targets,
    visited: new Set(),
  };
  const branches = new Set(targets.values());
  const chains = table.chains
    .filter(({ name }) => !branches.has(name))
    .map((chain) => (isOwnedChain(chain.name) ? { ...chain, rules: listOf(chain, trees) } : chain));
  return { ...table, chains };
}

interface Trees {
  readonly chains: ReadonlyMap<string, Chain>;
  /** By rule, the chain of a tree that it leads to. */
  readonly targets: ReadonlyMap<Rule, string>;
  /** Chains of trees that are part of a list already: somebody may have made a circle. */
  readonly visited: Set<Chain>;
}

/** What stands before the first goto is passed by all packets, and so is what stands between two trees. */
function listOf(chain: Chain, trees: Trees): readonly Rule[] {
  const list: Rule[] = [];
  let leaves: (readonly Rule[])[] = [];
  let rest: Rule[] = [];
  for (const rule of chain.rules) {
    const target = targetOf(rule, trees);
    if (target === null) {
      (leaves.length === 0 ? list : rest).push(rule);
    } else if (isGoto(rule)) {
      leaves.push(...leavesOf(target, trees));
    } else {
      list.push(...mergeInOrder([...leaves, rest]), ...listOf(target, trees));
      leaves = [];
      rest = [];
    }
  }
  return [...list, ...mergeInOrder([...leaves, rest])];
}

/** The rules of each leaf, and of each chain those that packets pass which are in none of its blocks. */
function leavesOf(chain: Chain, trees: Trees): (readonly Rule[])[] {
  const below = chain.rules.flatMap((rule) => {
    const target = targetOf(rule, trees);
    return target === null ? [] : leavesOf(target, trees);
  });
  return [...below, chain.rules.filter((rule) => !trees.targets.has(rule))];
}

/** The chain that the rule leads to, when it is met for the first time. */
function targetOf(rule: Rule, { chains, targets, visited }: Trees): Chain | null {
  const chain = chains.get(targets.get(rule) ?? '');
  if (chain === undefined || visited.has(chain)) return null;
  visited.add(chain);
  return chain;
}

function dispatchTargets({ name, rules }: Chain): (readonly [Rule, string])[] {
  if (!isOwnedChain(name)) return [];
  return rules.flatMap((rule) => {
    const [target] = isDispatchRule(rule.spec) ? ruleFacts(rule.spec).jumps : [];
    return target === undefined ? [] : [[rule, target] as const];
  });
}

function isGoto({ spec }: Rule): boolean {
  return / -g [^ ]+$/.test(spec);
}

/** Each rule once, in an order that keeps that of each list (topological sorting, Kahn's algorithm). */
function mergeInOrder(lists: readonly (readonly Rule[])[]): Rule[] {
  const nodes = new Map<string, { readonly rule: Rule; before: number; readonly next: string[] }>();
  for (const rule of lists.flat()) {
    if (!nodes.has(rule.spec)) nodes.set(rule.spec, { rule, before: 0, next: [] });
  }
  for (const list of lists) {
    for (const [index, { spec }] of list.entries()) {
      const following = list[index + 1]?.spec;
      if (following === undefined || following === spec) continue;
      nodes.get(spec)?.next.push(following);
      const after = nodes.get(following);
      if (after !== undefined) after.before += 1;
    }
  }
  const ready = [...nodes.values()].filter(({ before }) => before === 0);
  const sorted = new Set(ready);
  for (const node of ready) {
    for (const spec of node.next) {
      const after = nodes.get(spec);
      if (after === undefined) continue;
      after.before -= 1;
      if (after.before > 0 || sorted.has(after)) continue;
      sorted.add(after);
      ready.push(after);
    }
  }
  // Only rules that somebody changed by hand can go round in a circle.
  return [...new Set([...ready, ...nodes.values()])].map(({ rule }) => rule);
}
