// What becomes reachable by a change of natmap's rules, and what stops being.
import { flattenDispatch } from '../dispatch/flatten.ts';
import type { Ruleset } from '../iptables/ruleset.ts';
import type { PortRange } from '../net/ports.ts';
import { type Protocol, protocols } from '../net/protocol.ts';
import type { ReadRule } from '../netfilter/tables.ts';
import { ReadTables } from '../netfilter/tables.ts';
import { changedPorts } from './changed-ports.ts';
import {
  type Direction,
  type Statement,
  type States,
  statementsOn,
} from './equivalence-classes.ts';
import { type HeaderSpace, spaceKey } from './header-space.ts';
import { restrictionDiff } from './restriction-diff.ts';
import { translatedDestination } from './translated-destination.ts';
import { type Hook, translationRules } from './translation-rules.ts';

/** Connections of a space, but for some, and where they are forwarded to. */
export interface ReachabilityChange {
  readonly hook: Hook;
  readonly protocol: Protocol;
  readonly ports: PortRange;
  readonly space: HeaderSpace;
  readonly except: readonly HeaderSpace[];
  /** As `10.0.0.101:25`. */
  readonly to: string;
  /** Whether only some of the connections are, by what the rules ask beside this. */
  readonly isConditional: boolean;
  /** The rule that forwards there, or did; of mangle, one that blocks clients that would come there. */
  readonly rule: PlaceOfRule;
}

interface PlaceOfRule {
  readonly table: 'nat' | 'mangle';
  readonly chain: string;
  readonly spec: string;
}

export interface ReachabilityDiff {
  readonly opened: readonly ReachabilityChange[];
  readonly closed: readonly ReachabilityChange[];
  /** `-A CHAIN …` of rules that come or go and could not be read. */
  readonly unclear: readonly string[];
}

export function diffReachability(before: Ruleset, after: Ruleset): ReachabilityDiff {
  // Nothing is known of the host, so that the same plan is reported alike wherever it is read.
  // As lists, so that a rule which comes to a leaf of a dispatch tree is the rule that it was.
  const was = new ReadTables(flattenDispatch(before), null);
  const is = new ReadTables(flattenDispatch(after), null);
  const diff = (hook: Hook) =>
    diffBehind({
      ...{ family: after.family, hook },
      before: translationRules(was, hook),
      after: translationRules(is, hook),
    });
  const [elsewhere, here] = [diff('PREROUTING'), diff('OUTPUT')];
  const restrictions = restrictionDiff(was, is);
  return {
    opened: [...elsewhere.opened, ...beside(elsewhere.opened, here.opened), ...restrictions.opened],
    closed: [...elsewhere.closed, ...beside(elsewhere.closed, here.closed), ...restrictions.closed],
    unclear: [...elsewhere.unclear, ...here.unclear],
  };
}

function diffBehind(states: States): ReachabilityDiff {
  const { before, after } = states;
  const pieces: Piece[] = [];
  for (const protocol of protocols) {
    for (const changed of changedPorts(protocol, before.rules, after.rules)) {
      const { ports } = changed;
      for (const statement of statementsOn(states, protocol, changed)) {
        pieces.push({ ...statement, protocol, ports });
      }
    }
  }
  return {
    opened: toChanges('opened', pieces, states),
    closed: toChanges('closed', pieces, states),
    unclear: [...without(before.unknown, after.unknown), ...without(after.unknown, before.unknown)],
  };
}

/** What is reported of ports that are alike. */
interface Piece extends Statement {
  readonly protocol: Protocol;
  readonly ports: PortRange;
}

/** In the order of the rules. */
function toChanges(
  direction: Direction,
  pieces: readonly Piece[],
  { hook, family, ...states }: States,
): ReachabilityChange[] {
  const { rules } = direction === 'opened' ? states.after : states.before;
  const orders = new Map<ReadRule, number>(rules.map(({ rule }, order) => [rule, order]));
  const orderOf = ({ rule }: Piece) => orders.get(rule) ?? rules.length;
  return joined(pieces.filter((piece) => piece.direction === direction))
    .sort((a, b) => orderOf(a) - orderOf(b))
    .map(
      ({ rule: { chain, rule }, translation, protocol, ports, space, except, isConditional }) => {
        const to = translatedDestination(translation, ports, family);
        const place = { table: 'nat', chain, spec: rule.spec } as const;
        return { hook, protocol, ports, space, except, to, isConditional, rule: place };
      },
    );
}

/** Pieces that differ in their ports only, and whose ports follow each other, are one. */
function joined(pieces: readonly Piece[]): Piece[] {
  const result: Piece[] = [];
  const newest = new Map<string, number>();
  for (const piece of pieces) {
    const { rule, space, except, protocol, ports, isConditional } = piece;
    const { chain, rule: own } = rule;
    const key = [
      protocol,
      isConditional,
      chain,
      own.spec,
      ...[space, ...except].map(spaceKey),
    ].join();
    const at = newest.get(key) ?? -1;
    const previous = result[at];
    if (previous?.ports.last === ports.first - 1) {
      result[at] = { ...previous, ports: { first: previous.ports.first, last: ports.last } };
    } else {
      newest.set(key, result.push(piece) - 1);
    }
  }
  return result;
}

/** This host itself needs no mention where others can do the same. */
function beside(
  elsewhere: readonly ReachabilityChange[],
  here: readonly ReachabilityChange[],
): ReachabilityChange[] {
  const key = ({ protocol, ports, space: { ext }, to }: ReachabilityChange) =>
    [
      protocol,
      ports.first,
      ports.last,
      spaceKey({ ext, inInterface: null, source: null }),
      to,
    ].join();
  const reported = new Set(elsewhere.map(key));
  return here.filter((change) => !reported.has(key(change)));
}

function without(lines: readonly string[], others: readonly string[]): string[] {
  const known = new Set(others);
  return lines.filter((line) => !known.has(line));
}
