// One rule, taken apart: what iptables-save prints of it, in the order in which it prints.
import type { Network } from '../net/address.ts';
import type { Extension, Option } from './extensions/extension.ts';

export type ParsedRule =
  /** Every word is understood. */
  | { readonly kind: 'known'; readonly parts: RuleParts }
  /** Something is used that only the kernel knows the canonical form of. */
  | { readonly kind: 'opaque' }
  | { readonly kind: 'bad'; readonly problem: string };

/** A value that `!` may stand before. */
export interface Negatable<T> {
  readonly inverted: boolean;
  readonly value: T;
}

export interface RuleParts {
  /** Several make several rules; none matches every address. */
  readonly sources: readonly Negatable<Network>[];
  readonly destinations: readonly Negatable<Network>[];
  readonly inInterface: Negatable<string> | null;
  readonly outInterface: Negatable<string> | null;
  readonly protocol: Negatable<string> | null;
  readonly matches: readonly Use[];
  readonly verdict: Verdict | null;
}

/** A match or target with the options that were given. */
export interface Use {
  readonly extension: Extension;
  readonly options: ReadonlyMap<Option, Negatable<string>>;
}

export type Verdict =
  | { readonly kind: 'target'; readonly use: Use }
  | { readonly kind: 'jump' | 'goto'; readonly chain: string };
