// Where packets that are alike end in the chains of one table, as far as the rules tell.
import {
  type Branch,
  type Chains,
  type Disposition,
  evaluateChain,
} from '../netfilter/evaluate-chain.ts';
import type { Stream } from '../netfilter/stream.ts';
import type { ReadRule } from '../netfilter/tables.ts';
import { type PacketSet, setCovers } from '../packet/packet-set.ts';

/** Those that rules dropped or rejected on the way are left out: what becomes of the others counts. */
export type ChainEnd =
  | { readonly kind: 'rule'; readonly disposition: Disposition; readonly rule: ReadRule }
  /** No rule decides; `by` is one that made them leave a chain early. */
  | {
      readonly kind: 'policy';
      readonly disposition: Disposition;
      readonly by: ReadRule | null;
    }
  /** They jump to the chain that was looked for. */
  | { readonly kind: 'reached' }
  /** Some go one way and some another, or natmap cannot tell which. */
  | { readonly kind: 'unknown' };

/** A built-in chain, and one on the way from it at which to stop. */
export interface Way {
  readonly table: string;
  readonly from: string;
  readonly until?: string;
}

export function chainEnd(
  chains: Chains,
  { table, from, until }: Way,
  packets: PacketSet,
): ChainEnd {
  const chain = chains.chain(table, from);
  if (chain === null) return { kind: 'unknown' };
  const returns: [rule: ReadRule, matched: PacketSet][] = [];
  const observe = (rule: ReadRule, matched: readonly Stream[]) => {
    if (rule.action.kind === 'return') {
      returns.push([rule, matched.flatMap((stream) => stream.packets)]);
    }
  };
  const streams = [{ packets, view: {}, isCertain: true }];
  const branches = evaluateChain(chains, chain, streams, { observe, until: until ?? null });
  const last = branches.at(-1);
  if (last === undefined || !isOneEnd(branches, last)) return { kind: 'unknown' };
  const { disposition, rule, stream } = last;
  if (disposition === 'reach') return { kind: 'reached' };
  if (rule !== null) return { kind: 'rule', disposition, rule };
  const by = returns.findLast(([, matched]) => setCovers(matched, stream.packets) === true);
  return { kind: 'policy', disposition, by: by?.[0] ?? null };
}

/** Whether packets are let through no further. */
export function isRefused(end: ChainEnd): boolean {
  return (end.kind === 'rule' || end.kind === 'policy') && isBlocked(end.disposition);
}

function isOneEnd(branches: readonly Branch[], last: Branch): boolean {
  return (
    last.disposition !== 'unknown' &&
    branches.every(
      ({ disposition, rule }) =>
        (disposition === last.disposition && (rule === last.rule || disposition === 'reach')) ||
        isBlocked(disposition),
    )
  );
}

function isBlocked(disposition: Disposition): boolean {
  return disposition === 'drop' || disposition === 'reject';
}
