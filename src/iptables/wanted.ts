// What natmap wants of one family: the whole content of each of its chains.
import type { Family } from '../net/family.ts';

/**
 * Tables that natmap's rules stand in, in the order in which they are loaded: restrictions before accepts,
 * and accepts before translation, so that nothing is open in between (contract, section 8).
 */
export const wantedTables = ['mangle', 'filter', 'nat'] as const;

export type WantedTable = (typeof wantedTables)[number];

export function isWantedTable(name: string): name is WantedTable {
  return (wantedTables as readonly string[]).includes(name);
}

export interface Wanted<O = unknown> {
  readonly family: Family;
  readonly chains: readonly WantedChain<O>[];
  /** Whether the jump from DOCKER-USER is put first, before what an administrator drops there. */
  readonly dockerUserFirst?: true;
}

export interface WantedChain<O = unknown> {
  readonly table: WantedTable;
  readonly name: string;
  readonly rules: readonly WantedRule<O>[];
  /** The chain whose rules stand here in part, as one of a dispatch tree; left out for all others. */
  readonly partOf?: string;
}

export interface WantedRule<O = unknown> {
  readonly spec: string;
  /** Whether `spec` is only as good as its author: iptables may print it otherwise. */
  readonly verbatim: boolean;
  /** What the rule comes from; this stage only carries it. */
  readonly origin: O;
}

/** The rule by which packets come from a built-in chain, or DOCKER-USER, to a chain of natmap's. */
export interface Jump {
  readonly table: WantedTable;
  readonly chain: string;
  readonly target: string;
  readonly spec: string;
  /** Whether it goes back to the first place when another rule came before it. */
  readonly first: boolean;
}

/**
 * The jumps to natmap's chains, one in each of these chains (contract, section 5). One whose target is not
 * desired is left out. A restriction has to be first: an accept before it would end the hook.
 */
export const jumps: readonly Jump[] = [
  jump('mangle', 'PREROUTING', 'NATMAP', { first: true }),
  jump('mangle', 'FORWARD', 'NATMAP-FORWARD'),
  jump('filter', 'DOCKER-USER', 'NATMAP'),
  jump('nat', 'PREROUTING', 'NATMAP'),
  jump('nat', 'OUTPUT', 'NATMAP-OUTPUT'),
  jump('nat', 'POSTROUTING', 'NATMAP-POSTROUTING'),
];

function jump(
  table: WantedTable,
  chain: string,
  target: string,
  { first } = { first: false },
): Jump {
  return { table, chain, target, spec: `-j ${target}`, first };
}

/** DOCKER-USER is Docker's and the administrator's, but the jump to it may be missing (moby#48560). */
export const dockerUser = { table: 'filter', chain: 'DOCKER-USER', from: 'FORWARD' } as const;

/** Whether natmap ever puts a rule of its own into a chain of others. */
export function isJumpedFrom(table: string, chain: string): boolean {
  return (
    (table === dockerUser.table && chain === dockerUser.from) ||
    jumps.some((each) => each.table === table && each.chain === chain)
  );
}

/**
 * What filter decides on translated connections stands in a chain of its own, so that all other packets pass
 * one rule, however many mappings there are (contract, section 5, "Cost to packets").
 */
export const translated = {
  table: 'filter',
  chain: 'NATMAP-DNAT',
  from: 'NATMAP',
  spec: '-m conntrack --ctstate DNAT -m comment --comment "natmap:translated" -j NATMAP-DNAT',
} as const;

/** Chains that exist even when no rule is wanted: the jumps lead to them, in both families alike. */
export const standingChains: readonly { table: WantedTable; name: string }[] = [
  { table: 'filter', name: 'NATMAP' },
  { table: 'nat', name: 'NATMAP' },
  { table: 'nat', name: 'NATMAP-OUTPUT' },
  { table: 'nat', name: 'NATMAP-POSTROUTING' },
];
