// What the rules of a chain make of packets, through jumps, gotos, RETURN and policies.
//
// A rule of which it is not known whether it matches a packet parts the packet's way: it may go either
// way from there on, and what is said of it is no longer certain (ternary matching, as in
// Iptables_Semantics: thy/Iptables_Semantics/Matching_Ternary.thy).

import type { Translation } from '../iptables/targets.ts';
import { oneValue, stateSet, stateValue } from '../packet/dimensions.ts';
import type { RangeSet } from '../packet/range-set.ts';
import { rangesOverlap } from '../packet/range-set.ts';
import { mergeStreams, type Stream, splitStreams } from './stream.ts';
import type { ReadChain, ReadRule } from './tables.ts';
import { fixed, type View, valuesNow } from './view.ts';

/** What becomes of packets at the end of a chain. */
export type Disposition =
  | 'accept'
  | 'drop'
  | 'reject'
  | 'queue'
  /** No rule of a user's chain decides. */
  | 'return'
  | 'translate'
  /** They jump to the chain that was looked for. */
  | 'reach'
  | 'unknown';

export interface Branch {
  readonly stream: Stream;
  readonly disposition: Disposition;
  /** The rule that decides, or null for the chain's policy. */
  readonly rule: ReadRule | null;
  readonly translation: Translation | null;
}

/** Called with every rule that some of the packets match, in the order in which they pass it. */
export type Observer = (rule: ReadRule, matched: readonly Stream[]) => void;

/** Where chains are found: those of iptables, or of whatever else has them. */
export interface Chains {
  /** @returns null when there is no such chain */
  chain(table: string, name: string): ReadChain | null;
}

export interface Evaluation {
  readonly observe?: Observer | undefined;
  /** A chain whose rules are not looked at: packets that jump there have reached it. */
  readonly until?: string | null;
}

/**
 * @returns the packets of the streams by what becomes of them; what is certain of them is said once,
 *   what is not may be in several branches
 */
export function evaluateChain(
  chains: Chains,
  chain: ReadChain,
  streams: readonly Stream[],
  evaluation: Evaluation = {},
): Branch[] {
  const walk = new Walk(chains, evaluation);
  const left = walk.through(chain, streams);
  return [...walk.branches, ...left.map((stream) => atEnd(chain, stream))];
}

function atEnd({ policy }: ReadChain, stream: Stream): Branch {
  return { stream, disposition: policyOf(policy), rule: null, translation: null };
}

function policyOf(policy: string | null): Disposition {
  switch (policy) {
    case null:
      return 'return';
    case 'ACCEPT':
      return 'accept';
    case 'DROP':
      return 'drop';
    default:
      return 'unknown';
  }
}

class Walk {
  readonly branches: Branch[] = [];
  private readonly chains: Chains;
  private readonly observe: Observer | undefined;
  private readonly until: string | null;
  private readonly path: string[] = [];

  constructor(chains: Chains, { observe, until }: Evaluation) {
    this.chains = chains;
    this.observe = observe;
    this.until = until ?? null;
  }

  /** @returns what comes back from the chain */
  through(chain: ReadChain, streams: readonly Stream[]): readonly Stream[] {
    this.path.push(chain.name);
    const returned: Stream[] = [];
    let here = streams;
    for (const number of candidates(chain, streams)) {
      const rule = chain.rules[number];
      if (here.length === 0) break;
      if (rule === undefined) continue;
      const { inside, outside } = splitStreams(here, rule.packets);
      if (inside.length === 0) continue;
      this.observe?.(rule, inside);
      here = joined([...outside, ...this.follow(rule, inside, returned)]);
    }
    this.path.pop();
    return [...returned, ...here];
  }

  /** @returns what goes on to the next rule */
  private follow(
    rule: ReadRule,
    streams: readonly Stream[],
    returned: Stream[],
  ): readonly Stream[] {
    const { action } = rule;
    switch (action.kind) {
      case 'accept':
      case 'drop':
      case 'reject':
      case 'queue':
      case 'translate':
        this.end(rule, action.kind, streams);
        return [];
      case 'return':
        returned.push(...streams);
        return [];
      case 'continue':
        return streams;
      case 'untrack':
        return streams.map((stream) => untracked(stream));
      case 'jump':
        return this.enter(rule, action.chain, streams);
      case 'goto':
        returned.push(...this.enter(rule, action.chain, streams));
        return [];
      case 'unknown':
        this.end(rule, 'unknown', streams);
        return streams.map((stream) => ({ ...stream, isCertain: false }));
    }
  }

  private enter(rule: ReadRule, name: string, streams: readonly Stream[]): readonly Stream[] {
    if (name === this.until) {
      this.end(rule, 'reach', streams);
      return [];
    }
    const chain = this.chains.chain(rule.table, name);
    // A circle, which the kernel takes from nobody and only a file can hold.
    if (chain === null || this.path.includes(name)) {
      this.end(rule, 'unknown', streams);
      return [];
    }
    return this.through(chain, streams);
  }

  private end(rule: ReadRule, disposition: Disposition, streams: readonly Stream[]): void {
    const translation = rule.action.kind === 'translate' ? rule.action.translation : null;
    const isCertain = disposition !== 'unknown';
    for (const stream of streams) {
      this.branches.push({
        stream: isCertain ? stream : { ...stream, isCertain },
        disposition,
        rule,
        translation,
      });
    }
  }
}

/** The rules that some of the packets may match. */
function candidates({ index }: ReadChain, streams: readonly Stream[]): readonly number[] {
  return index.candidates((dimension) => {
    const sets: RangeSet[] = [];
    for (const { packets, view } of streams) {
      const values = valuesNow(packets, view, dimension);
      if (values === null) return null;
      sets.push(...values);
    }
    return sets;
  });
}

/** As joinStreams, of views that are the same object: cheap enough for every rule. */
function joined(streams: readonly Stream[]): readonly Stream[] {
  if (streams.length < 2) return streams;
  const result: Stream[] = [];
  for (const stream of streams) {
    const at = result.findIndex(
      ({ view, isCertain }) => view === stream.view && isCertain === stream.isCertain,
    );
    const alike = result[at];
    if (alike === undefined) result.push(stream);
    else result[at] = mergeStreams(alike, stream);
  }
  return result;
}

/** The view is shared by all streams that become untracked from one view, so that they stay alike. */
const untrackedViews = new WeakMap<View, View>();

function untracked(stream: Stream): Stream {
  const { state } = stream.view;
  // What conntrack knows already stays known (xt_ct_target, net/netfilter/xt_CT.c), as a
  // packet that this host sends to itself when it arrives.
  if (state?.kind === 'one-of' && rangesOverlap(state.values, trackedStates)) return stream;
  const known = untrackedViews.get(stream.view);
  const view = known ?? {
    ...stream.view,
    state: fixed(oneValue(stateValue('UNTRACKED', false, false))),
  };
  untrackedViews.set(stream.view, view);
  return { ...stream, view };
}

const trackedStates = stateSet(['NEW', 'RELATED', 'ESTABLISHED']);
