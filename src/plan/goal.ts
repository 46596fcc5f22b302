// Where a plan leads: what our chains hold, and what becomes of our rules in other people's chains.
import { isOwnedRule } from '../iptables/owned.ts';
import type { Chain, Rule, Ruleset, Table } from '../iptables/ruleset.ts';
import { dockerUser, type Jump, jumps, type Wanted, wantedTables } from '../iptables/wanted.ts';
import { placeInDockerUser } from './docker-user.ts';
import { EntryRules, type TakenConnections, takenBefore } from './taken-connections.ts';

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
  /** The jumps that go first again, for the reasons given. */
  moves?(live: Ruleset): readonly JumpMove[];
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
  const entries = new EntryRules(wanted);
  const known = new WeakMap<Chain, JumpMove | null>();
  const moveOf = (table: Table, chain: Chain): JumpMove | null => {
    const jump = jumpIn(table.name, chain.name, chains);
    if (jump === undefined || table.name !== 'nat') return null;
    const found = known.get(chain) ?? moveBecause(jump, chain, table, entries);
    known.set(chain, found);
    return found;
  };
  return {
    tables: wantedTables.filter((table) => chains.has(table)),
    chains: (table) => chains.get(table) ?? new Map(),
    required: (table) => (table === dockerUser.table ? [dockerUser.chain] : []),
    isLeftover: () => false,
    moves: ({ tables }) =>
      tables.flatMap((table) => table.chains.flatMap((chain) => moveOf(table, chain) ?? [])),
    foreign: (table, chain) => {
      const jump = jumpIn(table.name, chain.name, chains);
      const isUser = table.name === dockerUser.table && chain.name === dockerUser.chain;
      const isFirst =
        jump?.first === true ||
        (isUser && wanted.dockerUserFirst === true) ||
        moveOf(table, chain) !== null;
      const place = (rules: readonly Rule[]) =>
        isUser && !isFirst ? placeInDockerUser(rules, table, wanted.family) : 0;
      return withDockerUser(table.name, chain.name, withJump(jump, chain.rules, isFirst, place));
    },
  };
}

/** A jump of natmap's that goes first again, and why. */
export interface JumpMove extends TakenConnections {
  readonly table: string;
  readonly chain: string;
}

function moveBecause(jump: Jump, chain: Chain, table: Table, entries: EntryRules): JumpMove | null {
  const taken = takenBefore(jump, chain, table, entries);
  return taken === null ? null : { table: table.name, chain: chain.name, ...taken };
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

/**
 * The jump stays where it is, unless it has to be first; a second copy goes.
 *
 * @param place where a jump goes that is missing
 */
function withJump(
  jump: Jump | undefined,
  rules: readonly Rule[],
  isFirst: boolean,
  place: (rules: readonly Rule[]) => number,
): readonly Rule[] {
  const standing = rules.find(({ spec }) => spec === jump?.spec);
  const kept = rules.filter((rule) => rule === standing || !isOwnedRule(rule.spec));
  if (jump === undefined) return kept;
  if (standing === undefined) {
    return kept.toSpliced(place(kept), 0, { spec: jump.spec, counters: null });
  }
  return isFirst ? [standing, ...kept.filter((rule) => rule !== standing)] : kept;
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
