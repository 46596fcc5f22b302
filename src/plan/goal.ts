// Where a plan leads: what our chains hold, and what becomes of our rules in other people's chains.
import { isOwnedChain, isOwnedRule, ruleFacts } from '../iptables/owned.ts';
import {
  type Chain,
  findChain,
  findTable,
  type Rule,
  type Ruleset,
  type Table,
} from '../iptables/ruleset.ts';
import { dockerUser, type Jump, jumps, type Wanted, wantedTables } from '../iptables/wanted.ts';

/** A goal for one family. Everything is asked table by table. */
export interface Goal {
  /** Tables that exist in the end, whatever is live. */
  readonly tables: readonly string[];
  /** Our chains with all of their rules; every other chain of ours goes. */
  chains(table: string): ReadonlyMap<string, readonly Rule[]>;
  /** Other people's chains that are made when missing. */
  required(table: string): readonly string[];
  /** Whether a live chain that is not ours goes, because an apply that failed had made it. */
  isLeftover(table: Table, chain: Chain): boolean;
  /** The rules of a chain that is not ours; its other rules come back as they are. */
  foreign(table: Table, chain: Chain): readonly Rule[];
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
    tables: wantedTables.filter((table) => chains.has(table)),
    chains: (table) => chains.get(table) ?? new Map(),
    required: (table) => (table === dockerUser.table ? [dockerUser.chain] : []),
    isLeftover: () => false,
    foreign: ({ name: table }, { name, rules }) =>
      withDockerUser(table, name, withJump(jumpIn(table, name, chains), rules)),
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
 * failed apply added outside of our part, DOCKER-USER and the jump to it, goes too, unless others
 * have come to use it.
 */
export function restoreGoal(before: Ruleset): Goal {
  const chainBefore = (table: string, name: string) => findChain(findTable(before, table), name);
  const hadDockerUser = chainBefore(dockerUser.table, dockerUser.chain) !== undefined;
  const isLeftover = (table: Table, { name }: Chain) =>
    !hadDockerUser &&
    table.name === dockerUser.table &&
    name === dockerUser.chain &&
    isOnlyOurs(table);
  return {
    tables: [],
    chains: (table) =>
      new Map(
        (findTable(before, table)?.chains ?? [])
          .filter(({ name }) => isOwnedChain(name))
          .map(({ name, rules }) => [name, rules]),
      ),
    required: () => [],
    isLeftover,
    foreign: (table, chain) => {
      const was = chainBefore(table.name, chain.name)?.rules ?? [];
      const mayLoseJump =
        isJumpPlace(table.name, chain) &&
        !was.some(isDockerUserJump) &&
        (hadDockerUser || isOnlyOurs(table));
      return restoreOwned(was, mayLoseJump ? withoutDockerUserJump(chain.rules) : chain.rules);
    },
  };
}

/** Whether nobody but an apply that made DOCKER-USER has to do with it. */
function isOnlyOurs({ name: table, chains }: Table): boolean {
  return chains.every((chain) => {
    const { name, rules } = chain;
    const others = withoutOwned(isJumpPlace(table, chain) ? withoutDockerUserJump(rules) : rules);
    return name === dockerUser.chain ? others.length === 0 : !others.some(leadsToDockerUser);
  });
}

function withoutOwned(rules: readonly Rule[]): readonly Rule[] {
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

function withDockerUser(table: string, chain: string, rules: readonly Rule[]): readonly Rule[] {
  if (table !== dockerUser.table || chain !== dockerUser.from) return rules;
  return rules.some(({ spec }) => spec === dockerUserJump.spec)
    ? rules
    : [dockerUserJump, ...rules];
}

const dockerUserJump: Rule = { spec: `-j ${dockerUser.chain}`, counters: null };

/** Without the first of them: an apply puts it in front. */
function withoutDockerUserJump(rules: readonly Rule[]): readonly Rule[] {
  const added = rules.findIndex(isDockerUserJump);
  return added < 0 ? rules : rules.toSpliced(added, 1);
}

function isDockerUserJump({ spec }: Rule): boolean {
  return spec === dockerUserJump.spec;
}

function leadsToDockerUser({ spec }: Rule): boolean {
  return spec.includes(dockerUser.chain) && ruleFacts(spec).jumps.includes(dockerUser.chain);
}

function isJumpPlace(table: string, { name }: Chain): boolean {
  return table === dockerUser.table && name === dockerUser.from;
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
