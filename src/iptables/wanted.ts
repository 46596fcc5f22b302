// What natmap wants of one family: the whole content of each of its chains.
import type { Family } from '../net/family.ts';

/** Tables that natmap's rules stand in. */
export type WantedTable = 'filter' | 'nat';

export interface Wanted<O = unknown> {
  readonly family: Family;
  readonly chains: readonly WantedChain<O>[];
}

export interface WantedChain<O = unknown> {
  readonly table: WantedTable;
  readonly name: string;
  readonly rules: readonly WantedRule<O>[];
}

export interface WantedRule<O = unknown> {
  readonly spec: string;
  /** Whether `spec` is only as good as its author: iptables may print it otherwise. */
  readonly verbatim: boolean;
  /** What the rule comes from; this stage only carries it. */
  readonly origin: O;
}

/** A rule that leads packets to a chain of ours. */
export interface Jump {
  readonly table: WantedTable;
  readonly chain: string;
  readonly spec: string;
}

/** The jumps to our chains, one in each of these chains: contract, section 5. */
export const jumps: readonly Jump[] = [
  { table: 'filter', chain: 'DOCKER-USER', spec: '-j NATMAP' },
  { table: 'nat', chain: 'PREROUTING', spec: '-j NATMAP' },
  { table: 'nat', chain: 'OUTPUT', spec: '-j NATMAP-OUTPUT' },
  { table: 'nat', chain: 'POSTROUTING', spec: '-j NATMAP-POSTROUTING' },
];

/** DOCKER-USER is Docker's and the administrator's, but the jump to it may be missing (moby#48560). */
export const dockerUser = { table: 'filter', chain: 'DOCKER-USER', from: 'FORWARD' } as const;

/** Chains that exist even when no rule is wanted: the jumps lead to them, in both families alike. */
export const standingChains: readonly { table: WantedTable; name: string }[] = [
  { table: 'filter', name: 'NATMAP' },
  { table: 'nat', name: 'NATMAP' },
  { table: 'nat', name: 'NATMAP-OUTPUT' },
  { table: 'nat', name: 'NATMAP-POSTROUTING' },
];
