// The iptables model: what iptables-save prints of one family, as data.
import type { Family } from '../net/family.ts';
import type { Printer } from './printer.ts';

/** The two implementations of iptables; they differ in how they order tables and report errors. */
export type Backend = 'nft' | 'legacy';

/** One for each family: iptables and ip6tables are two alternatives on Debian, and may differ. */
export type Backends = Readonly<Record<Family, Backend>>;

/** The tables of one family, in the order in which they were printed. */
export interface Ruleset {
  readonly family: Family;
  readonly tables: readonly Table[];
  /** Left out where the text does not tell. */
  readonly printer?: Printer;
  /** What the tables hold besides; left out where nothing is known of any. */
  readonly notes?: readonly TableNote[];
}

/** What is known of a table and is not printed as rules. */
export type TableNote =
  | {
      readonly kind: /** Rules of nftables: nothing of the table is printed. */
        | 'incompatible'
        /** Base chains beside those of iptables, whose rules are not printed. */
        | 'base-chains'
        /** Dormant, or owned by a program: `nft` tells, iptables-save does not. */
        | 'flagged';
      readonly table: string;
    }
  /** A base chain has the name of a built-in chain and another hook, priority or type: iptables prints it as empty. */
  | { readonly kind: 'name-taken'; readonly table: string; readonly chain: string };

export interface Table {
  readonly name: string;
  readonly chains: readonly Chain[];
}

export interface Chain {
  readonly name: string;
  /** `-` for a chain of a user's, else what happens to a packet that no rule decided on. */
  readonly policy: string;
  readonly counters: Counters | null;
  readonly rules: readonly Rule[];
}

/** A rule is its text in canonical form, without `-A CHAIN`: nothing of it is ever reworded. */
export interface Rule {
  readonly spec: string;
  readonly counters: Counters | null;
}

/** Packets and bytes, as decimal text: they exceed what a number holds exactly. */
export interface Counters {
  readonly packets: string;
  readonly bytes: string;
}

export const tableNames = ['filter', 'nat', 'mangle', 'raw', 'security'] as const;

const builtins: Readonly<Record<string, readonly string[]>> = {
  filter: ['INPUT', 'FORWARD', 'OUTPUT'],
  nat: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
  mangle: ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
  raw: ['PREROUTING', 'OUTPUT'],
  security: ['INPUT', 'FORWARD', 'OUTPUT'],
};

/** The chains that a table is born with, in the order in which iptables-save prints them. */
export function builtinChains(table: string): readonly string[] {
  return builtins[table] ?? [];
}

/** Longest chain name in bytes: XT_EXTENSION_MAXNAMELEN is 29 with its NUL. */
export const longestChainName = 28;

export function findTable(ruleset: Ruleset, name: string): Table | undefined {
  return ruleset.tables.find((table) => table.name === name);
}

export function findChain(table: Table | undefined, name: string): Chain | undefined {
  return table?.chains.find((chain) => chain.name === name);
}

/**
 * Where iptables-save of today prints a chain: the built-in ones in the order of their hooks, then the
 * others by the bytes of their names.
 */
export function compareChains(table: string): (a: string, b: string) => number {
  const builtin = builtinChains(table);
  const rank = (name: string) => {
    const index = builtin.indexOf(name);
    return index < 0 ? builtin.length : index;
  };
  return (a, b) => rank(a) - rank(b) || Buffer.compare(Buffer.from(a), Buffer.from(b));
}
