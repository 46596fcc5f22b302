// Where a plan leads: what our chains hold, and what becomes of our rules in other people's chains.
import { isOwnedChain, isOwnedRule } from '../iptables/owned.ts';
import { type Chain, findChain, findTable, type Rule, type Ruleset } from '../iptables/ruleset.ts';
import { dockerUser, jumps, type Wanted } from '../iptables/wanted.ts';

/** A goal for one family. Everything is asked table by table. */
export interface Goal {
  /** Tables that exist in the end, whatever is live. */
  readonly tables: readonly string[];
  /** Our chains with all of their rules; every other chain of ours goes. */
  chains(table: string): ReadonlyMap<string, readonly Rule[]>;
  /** Other people's chains that are made when missing. */
  required(table: string): readonly string[];
  /** Whether a live chain that is not ours goes, because an apply that failed had made it. */
  isLeftover(table: string, chain: Chain): boolean;
  /** The rules of a chain that is not ours; its other rules come back as they are. */
  foreign(table: string, chain: Chain): readonly Rule[];
}

/** `apply`: exactly what is wanted, and nothing of ours elsewhere. */
export function applyGoal(wanted: Wanted): Goal {
  const chains = new Map<string, Map<string, readonly Rule[]>>();
  for (const { table, name, rules } of wanted.chains) {
    const ofTable = chains.get(table) ?? new Map<string, readonly Rule[]>();
    chains.set(table, ofTable);
    ofTable.set(
      name,
      rules.map(({ spec }) => ({ spec, counters: null })),
    );
  }
  return {
    tables: ['filter', 'nat'],
    chains: (table) => chains.get(table) ?? new Map(),
    required: (table) => (table === dockerUser.table ? [dockerUser.chain] : []),
    isLeftover: () => false,
    foreign: (table, { name, rules }) => withDockerUser(table, name, withJump(table, name, rules)),
  };
}

/** `flush`: nothing of ours anywhere. */
export const flushGoal: Goal = {
  tables: [],
  chains: () => new Map(),
  required: () => [],
  isLeftover: () => false,
  foreign: (_, { rules }) => withoutOwned(rules),
};

/**
 * Going back: our part as it was in `before`, whatever other people have changed since. What a
 * failed apply added outside of our part, DOCKER-USER and the jump to it, goes too.
 */
export function restoreGoal(before: Ruleset): Goal {
  const chainBefore = (table: string, name: string) => findChain(findTable(before, table), name);
  return {
    tables: [],
    chains: (table) =>
      new Map(
        (findTable(before, table)?.chains ?? [])
          .filter(({ name }) => isOwnedChain(name))
          .map(({ name, rules }) => [name, rules]),
      ),
    required: () => [],
    isLeftover: (table, { name, rules }) =>
      table === dockerUser.table &&
      name === dockerUser.chain &&
      chainBefore(table, name) === undefined &&
      withoutOwned(rules).length === 0,
    foreign: (table, chain) =>
      restoreOwned(
        chainBefore(table, chain.name)?.rules ?? [],
        withoutAddedJump(table, chain, chainBefore(table, chain.name)),
      ),
  };
}

function withoutOwned(rules: readonly Rule[]): readonly Rule[] {
  return rules.filter(({ spec }) => !isOwnedRule(spec));
}

/** Our jump stays where an administrator put it; a second copy goes; a missing one comes first. */
function withJump(table: string, chain: string, rules: readonly Rule[]): readonly Rule[] {
  const jump = jumps.find((each) => each.table === table && each.chain === chain);
  const standing = rules.find(({ spec }) => spec === jump?.spec);
  const kept = rules.filter((rule) => rule === standing || !isOwnedRule(rule.spec));
  return jump === undefined || standing !== undefined
    ? kept
    : [{ spec: jump.spec, counters: null }, ...kept];
}

function withDockerUser(table: string, chain: string, rules: readonly Rule[]): readonly Rule[] {
  if (table !== dockerUser.table || chain !== dockerUser.from) return rules;
  return rules.some(({ spec }) => spec === dockerUserJump.spec)
    ? rules
    : [dockerUserJump, ...rules];
}

const dockerUserJump: Rule = { spec: `-j ${dockerUser.chain}`, counters: null };

function withoutAddedJump(table: string, chain: Chain, before: Chain | undefined): readonly Rule[] {
  const isPlace = table === dockerUser.table && chain.name === dockerUser.from;
  const hadJump = before?.rules.some(({ spec }) => spec === dockerUserJump.spec);
  if (!isPlace || hadJump) return chain.rules;
  const added = chain.rules.findIndex(({ spec }) => spec === dockerUserJump.spec);
  return added < 0 ? chain.rules : chain.rules.toSpliced(added, 1);
}

/**
 * Our rules of `before` among the others that are there now. Where the others are as they were,
 * that is `before` itself; else each of ours goes behind as many others as it stood behind.
 */
function restoreOwned(before: readonly Rule[], now: readonly Rule[]): readonly Rule[] {
  const others = withoutOwned(now);
  const result: Rule[] = [];
  let passed = 0;
  for (const rule of before) {
    if (isOwnedRule(rule.spec)) {
      result.push(rule);
      continue;
    }
    const other = others[passed++];
    if (other !== undefined) result.push(other);
  }
  return [...result, ...others.slice(passed)];
}
