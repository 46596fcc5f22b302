// Where a plan leads: what our chains hold, and what becomes of our rules in other people's chains.
import { isOwnedRule } from '../iptables/owned.ts';
import type { Chain, Rule, Ruleset, Table } from '../iptables/ruleset.ts';
import { dockerUser, type Jump, jumps, type Wanted, wantedTables } from '../iptables/wanted.ts';

/** A goal for one family. Everything is asked table by table. */
export interface Goal {
  /** Tables that exist in the end, whatever is live. */
  readonly tables: readonly string[];
  /** Our chains with all of their rules; every other chain of natmap's goes. */
  chains(table: string): ReadonlyMap<string, readonly Rule[]>;
  /** Other people's chains that are made when missing. */
  required(table: string): readonly string[];
  /** Whether a live chain that is not ours goes, because the apply that is reverted has made it. */
  isLeftover(table: Table, chain: Chain): boolean;
  /** The rules of a chain that is not ours; its other rules come back as they are. */
  foreign(table: Table, chain: Chain): readonly Rule[];
  /**
   * The lines of natmap's part that have to be there in the end (see `ownedLines`), where the goal is a
   * state that was: it is judged by these, whatever the plan takes for reaching it.
   */
  expected?(live: Ruleset): readonly string[];
}

/** `apply`: exactly what is wanted, and nothing of natmap's elsewhere. */
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
    tables: wantedTables.filter((table) => chains.has(table)),
    chains: (table) => chains.get(table) ?? new Map(),
    required: (table) => (table === dockerUser.table ? [dockerUser.chain] : []),
    isLeftover: () => false,
    foreign: ({ name: table }, { name, rules }) =>
      withDockerUser(table, name, withJump(jumpIn(table, name, chains), rules)),
  };
}

/** `flush`: nothing of natmap's anywhere. */
export const flushGoal: Goal = {
  tables: [],
  chains: () => new Map(),
  required: () => [],
  isLeftover: () => false,
  foreign: (_, { rules }) => withoutOwned(rules),
};

export function withoutOwned(rules: readonly Rule[]): readonly Rule[] {
  return rules.filter(({ spec }) => !isOwnedRule(spec));
}

/** The jump that belongs into a chain, if the chain that it goes to is desired. */
function jumpIn(
  table: string,
  chain: string,
  desired: ReadonlyMap<string, ReadonlyMap<string, unknown>>,
): Jump | undefined {
  return jumps.find(
    (each) =>
      each.table === table && each.chain === chain && desired.get(table)?.has(each.target) === true,
  );
}

/** The jump stays where an administrator put it, unless it has to be first; a second copy goes. */
function withJump(jump: Jump | undefined, rules: readonly Rule[]): readonly Rule[] {
  const standing = rules.find(({ spec }) => spec === jump?.spec);
  const kept = rules.filter((rule) => rule === standing || !isOwnedRule(rule.spec));
  if (jump === undefined) return kept;
  if (standing === undefined) return [{ spec: jump.spec, counters: null }, ...kept];
  return jump.first ? [standing, ...kept.filter((rule) => rule !== standing)] : kept;
}

export function withDockerUser(
  table: string,
  chain: string,
  rules: readonly Rule[],
): readonly Rule[] {
  if (table !== dockerUser.table || chain !== dockerUser.from) return rules;
  return rules.some(({ spec }) => spec === dockerUserJump.spec)
    ? rules
    : [dockerUserJump, ...rules];
}

/** The jump that makes packets pass DOCKER-USER. */
export const dockerUserJump: Rule = { spec: `-j ${dockerUser.chain}`, counters: null };
