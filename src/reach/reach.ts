// What becomes reachable by a change of our rules, and what stops being.
import type { Ruleset } from '../iptables/ruleset.ts';
import type { PortRange } from '../net/ports.ts';
import { type Protocol, protocols } from '../net/protocol.ts';
import { type Direction, type Statement, statementsOn } from './cells.ts';
import type { Claim, Door } from './claim.ts';
import { type Claims, claimsBehind, type Hook } from './claims.ts';
import { landing } from './destination.ts';
import { doorKey } from './doors.ts';
import { changedIntervals } from './intervals.ts';
import { changedRestrictions } from './restrictions.ts';

/** Connections that come by a door, but for some, and where they are led. */
export interface Reach {
  readonly hook: Hook;
  readonly protocol: Protocol;
  readonly ports: PortRange;
  readonly door: Door;
  readonly except: readonly Door[];
  /** As `10.0.0.101:25`. */
  readonly to: string;
  /** Whether the rule asks for more than is said here. */
  readonly isConditional: boolean;
  /** The rule that forwards there, or did; of mangle, one that blocks clients that would come there. */
  readonly rule: Claim['rule'] & { readonly table: 'nat' | 'mangle' };
}

export interface ReachChange {
  readonly opened: readonly Reach[];
  readonly closed: readonly Reach[];
  /** `-A CHAIN …` of rules that come or go and could not be read. */
  readonly unclear: readonly string[];
}

export function changedReach(before: Ruleset, after: Ruleset): ReachChange {
  const [elsewhere, here] = (['PREROUTING', 'OUTPUT'] as const).map((hook) =>
    changedBehind(hook, claimsBehind(hook, before), claimsBehind(hook, after)),
  ) as [ReachChange, ReachChange];
  const restrictions = changedRestrictions(before, after);
  return {
    opened: [...elsewhere.opened, ...beside(elsewhere.opened, here.opened), ...restrictions.opened],
    closed: [...elsewhere.closed, ...beside(elsewhere.closed, here.closed), ...restrictions.closed],
    unclear: [...elsewhere.unclear, ...here.unclear],
  };
}

function changedBehind(hook: Hook, before: Claims, after: Claims): ReachChange {
  const pieces: Piece[] = [];
  for (const protocol of protocols) {
    const those = ({ claims }: Claims) =>
      claims.filter((each) => each.protocols.includes(protocol));
    for (const interval of changedIntervals(those(before), those(after))) {
      const { ports } = interval;
      for (const statement of statementsOn(interval))
        pieces.push({ ...statement, protocol, ports });
    }
  }
  return {
    opened: toReaches('opened', pieces, after, hook),
    closed: toReaches('closed', pieces, before, hook),
    unclear: [...without(before.unclear, after.unclear), ...without(after.unclear, before.unclear)],
  };
}

/** What is said of an interval. */
interface Piece extends Statement {
  readonly protocol: Protocol;
  readonly ports: PortRange;
}

/** In the order of the rules. */
function toReaches(
  direction: Direction,
  pieces: readonly Piece[],
  { claims }: Claims,
  hook: Hook,
): Reach[] {
  const orders = new Map(claims.map((claim, order) => [claim, order]));
  const orderOf = ({ claim }: Piece) => orders.get(claim) ?? claims.length;
  return joined(pieces.filter((piece) => piece.direction === direction))
    .sort((a, b) => orderOf(a) - orderOf(b))
    .flatMap(({ claim: { to, isConditional, rule: at }, protocol, ports, door, except }) => {
      if (to === null) return [];
      const rule = { table: 'nat', ...at } as const;
      return [{ hook, protocol, ports, door, except, to: landing(to, ports), isConditional, rule }];
    });
}

/** Pieces that differ in their ports only, and whose ports follow each other, are one. */
function joined(pieces: readonly Piece[]): Piece[] {
  const result: Piece[] = [];
  const newest = new Map<string, number>();
  for (const piece of pieces) {
    const { claim, door, except, protocol, ports } = piece;
    const key = [
      protocol,
      claim.rule.chain,
      claim.rule.spec,
      ...[door, ...except].map(doorKey),
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
function beside(elsewhere: readonly Reach[], here: readonly Reach[]): Reach[] {
  const key = ({ protocol, ports, door: { ext }, to }: Reach) =>
    [
      protocol,
      ports.first,
      ports.last,
      doorKey({ ext, inInterface: null, source: null }),
      to,
    ].join();
  const said = new Set(elsewhere.map(key));
  return here.filter((reach) => !said.has(key(reach)));
}

function without(lines: readonly string[], others: readonly string[]): string[] {
  const known = new Set(others);
  return lines.filter((line) => !known.has(line));
}
