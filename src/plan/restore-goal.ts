// The way back: natmap's part as it was in a previous state, whatever others have changed since.
import { isOwnedChain, isOwnedRule, ruleFacts } from '../iptables/owned.ts';
import {
  builtinChains,
  type Chain,
  findChain,
  findTable,
  type Rule,
  type Ruleset,
  type Table,
} from '../iptables/ruleset.ts';
import { dockerUser } from '../iptables/wanted.ts';
import { dockerUserJump, type Goal, withDockerUser, withoutOwned } from './goal.ts';
import { ownedLines } from './owned-part.ts';
import type { Plan } from './plan.ts';

/** What an apply that is undone made outside of natmap's part. */
export interface Made {
  readonly dockerUser: boolean;
  /** The jump from FORWARD to a DOCKER-USER that was there. */
  readonly jump: boolean;
}

const nothing: Made = { dockerUser: false, jump: false };

export function madeBy({ before, after }: Plan): Made {
  const dockerUser = hasDockerUser(after) && !hasDockerUser(before);
  return { dockerUser, jump: !dockerUser && hasJump(after) && !hasJump(before) };
}

/**
 * The tables and DOCKER-USER with the jump to it are made where the previous state needs them and
 * others have removed them since (`nft flush ruleset`, a boot, `netfilter-persistent reload`).
 *
 * @param made goes again, unless others have come to use it: Docker inserts rules into FORWARD when it
 *   starts, an administrator fills DOCKER-USER
 */
export function restoreGoal(before: Ruleset, made: Made = nothing): Goal {
  const { table: filter, chain: user, from } = dockerUser;
  const rulesBefore = (table: string, name: string) =>
    findChain(findTable(before, table), name)?.rules ?? [];
  const needsUser = rulesBefore(filter, user).some(isOwned);
  const needsJump = needsUser && hasJump(before);
  const losesUser = (table: Table) =>
    made.dockerUser &&
    table.name === filter &&
    !hasDockerUser(before) &&
    isOnlyOurs(table, rulesBefore(filter, from));
  const losesJump = (table: Table, name: string) =>
    isJumpPlace(table.name, name) && !hasJump(before) && (made.jump || losesUser(table));
  return {
    tables: before.tables.filter(holdsOwned).map(({ name }) => name),
    chains: (table) =>
      new Map(
        (findTable(before, table)?.chains ?? [])
          .filter(({ name }) => isOwnedChain(name))
          .map(({ name, rules }) => [name, rules]),
      ),
    required: (table) => (table === filter && needsUser ? [user] : []),
    isLeftover: (table, { name }) => name === user && losesUser(table),
    foreign: (table, { name, rules }) => {
      const now = losesJump(table, name) ? withoutDockerUserJump(rules) : rules;
      const restored = restoreOwned(rulesBefore(table.name, name), now);
      return needsJump ? withDockerUser(table.name, name, restored) : restored;
    },
    expected: (live) => ownedLines(restorable(before, live)),
  };
}

function isOwned({ spec }: Rule): boolean {
  return isOwnedRule(spec);
}

function holdsOwned({ chains }: Table): boolean {
  return chains.some(({ name, rules }) => isOwnedChain(name) || rules.some(isOwned));
}

/** Without the rules in chains of others that are gone: these chains are not natmap's to make. */
function restorable({ family, tables }: Ruleset, live: Ruleset): Ruleset {
  const isThere = (table: string, { name }: Chain) =>
    isOwnedChain(name) ||
    builtinChains(table).includes(name) ||
    (table === dockerUser.table && name === dockerUser.chain) ||
    findChain(findTable(live, table), name) !== undefined;
  return {
    family,
    tables: tables.map((table) => ({
      ...table,
      chains: table.chains.filter((chain) => isThere(table.name, chain)),
    })),
  };
}

function hasDockerUser(ruleset: Ruleset): boolean {
  return findChain(findTable(ruleset, dockerUser.table), dockerUser.chain) !== undefined;
}

function hasJump(ruleset: Ruleset): boolean {
  const chain = findChain(findTable(ruleset, dockerUser.table), dockerUser.from);
  return chain?.rules.some(isDockerUserJump) ?? false;
}

/** Whether only natmap has to do with DOCKER-USER, which it is in, and nobody came to FORWARD since. */
function isOnlyOurs({ name: table, chains }: Table, forwardBefore: readonly Rule[]): boolean {
  return chains.every(({ name, rules }) => {
    const isFrom = isJumpPlace(table, name);
    const others = withoutOwned(isFrom ? withoutDockerUserJump(rules) : rules);
    if (name === dockerUser.chain) return others.length === 0 && rules.length > 0;
    if (isFrom && !sameSpecs(others, withoutOwned(forwardBefore))) return false;
    return !others.some(leadsToDockerUser);
  });
}

function sameSpecs(a: readonly Rule[], b: readonly Rule[]): boolean {
  return a.length === b.length && a.every(({ spec }, index) => spec === b[index]?.spec);
}

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

function isJumpPlace(table: string, name: string): boolean {
  return table === dockerUser.table && name === dockerUser.from;
}

/**
 * The rules of natmap's in `before` among the others that are there now. Where the others are as they
 * were, that is `before` itself; else each goes behind as many others as it stood behind.
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
