// Matches and targets that natmap knows: which options they take and how iptables-save prints them.
import type { Family } from '../../net/family.ts';
import type { AddressKind, Dimension } from '../../packet/dimensions.ts';
import { universe } from '../../packet/dimensions.ts';
import { type Bounds, exactly, noPacket } from '../../packet/packet-set.ts';
import { type RangeSet, subtractRanges } from '../../packet/range-set.ts';

/** A match or target: its options in the order in which iptables-save prints them. */
export interface Extension {
  readonly name: string;
  readonly options: readonly Option[];
  /** Why these options do not go together, or null when they do; left out, any do. */
  readonly combination?: (given: ReadonlyMap<Option, { readonly value: string }>) => string | null;
}

export interface Option {
  /** The spelling that iptables-save prints, then the others that are taken. */
  readonly names: readonly [string, ...string[]];
  /** How many words follow. */
  readonly arity: 0 | 1 | 2;
  readonly invertible: boolean;
  /** The words as iptables-save prints them; `inverted` when a `!` stands before the option. */
  readonly canonical: (args: readonly string[], family: Family, inverted: boolean) => Value;
  /** What iptables-save prints when the option is not given. */
  readonly otherwise?: (family: Family) => string;
  /**
   * Which packets match, given the words as iptables-save prints them; left out, any packet may and
   * none has to.
   */
  readonly packets?: (value: string, inverted: boolean, context: MatchContext) => Bounds;
}

/** The option of this name, in any of its spellings. */
export function optionOf(extension: Extension, name: string): Option | undefined {
  return extension.options.find((option) => option.names.includes(name));
}

/** What the packets of a match depend on beside its options. */
export interface MatchContext {
  readonly family: Family;
  /** The addresses of each kind on the host of the rules, or null where no host is known. */
  readonly addresses: Readonly<Record<AddressKind, RangeSet>> | null;
}

/** The packets with one of the values in the dimension, or with `!` all others. */
export function inDimension(dimension: Dimension, values: RangeSet, inverted: boolean): Bounds {
  const kept = inverted ? subtractRanges(universe(dimension, values), values) : values;
  return exactly(kept.length === 0 ? noPacket : [{ [dimension]: kept }]);
}

/**
 * Canonical text after the option's name, `upright` when it says the same without the `!`;
 * `implied` when iptables-save leaves the option out; `unknown` when only the kernel can tell; or
 * what is wrong.
 */
export type Value =
  | string
  | { readonly upright: string }
  | typeof implied
  | typeof unknown
  | { readonly problem: string };

export const implied = Symbol('implied');
export const unknown = Symbol('unknown');

export function isProblem(value: Value): value is { readonly problem: string } {
  return typeof value === 'object' && 'problem' in value;
}

/** An option without words after it. */
export function bare(name: string): Option {
  return { names: [name], arity: 0, invertible: false, canonical: () => '' };
}

export function problem(text: string): { readonly problem: string } {
  return { problem: text };
}

/** A number in decimal without leading zeros, which iptables would read as octal. */
export function number(text: string, low: number, high: number): Value {
  const value = /^(0|[1-9][0-9]*)$/.test(text) ? Number(text) : Number.NaN;
  return value >= low && value <= high ? text : problem(`${text} is not from ${low} to ${high}`);
}
