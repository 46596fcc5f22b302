// Which packets a rule matches.
import type { Network } from '../net/address.ts';
import { protocolNumbers } from '../net/protocol.ts';
import { type Box, dimensionsOf } from '../packet/box.ts';
import { addressSet, type Dimension, interfaceSet, oneValue } from '../packet/dimensions.ts';
import {
  type Bounds,
  exactly,
  intersectBounds,
  isExact,
  unknownBounds,
} from '../packet/packet-set.ts';
import type { RangeSet } from '../packet/range-set.ts';
import { inDimension, type MatchContext } from './extensions/extension.ts';
import type { Negatable } from './rule-parts.ts';
import type { SavedMatch, SavedRule } from './saved-rule.ts';

export function rulePackets(rule: SavedRule, context: MatchContext): Bounds {
  const criteria = [
    networkPackets('source', rule.source),
    networkPackets('destination', rule.destination),
    interfacePackets('inInterface', rule.inInterface),
    interfacePackets('outInterface', rule.outInterface),
    protocolPackets(rule.protocol),
    ...rule.matches.map((match) => matchPackets(match, context)),
    rule.isUnderstood ? null : unknownBounds,
  ];
  return intersectAll(criteria.filter((bounds) => bounds !== null));
}

/** Nearly every criterion is one exact box of one dimension, and so is what they make together. */
function intersectAll(criteria: readonly Bounds[]): Bounds {
  const others: Bounds[] = [];
  const box: { [D in Dimension]?: RangeSet } = {};
  for (const bounds of criteria) {
    const [only, ...more] = bounds.atMost;
    if (only === undefined || more.length > 0 || !isExact(bounds) || meets(box, only)) {
      others.push(bounds);
    } else Object.assign(box, only);
  }
  return others.reduce(intersectBounds, exactly([box]));
}

function meets(box: Box, other: Box): boolean {
  return dimensionsOf(other).some((dimension) => box[dimension] !== undefined);
}

function matchPackets({ options }: SavedMatch, context: MatchContext): Bounds {
  return intersectAll(
    [...options].map(([{ packets }, { value, inverted }]) =>
      packets === undefined ? unknownBounds : packets(value, inverted, context),
    ),
  );
}

function networkPackets(
  side: 'source' | 'destination',
  asked: Negatable<Network> | null,
): Bounds | null {
  return asked === null ? null : inDimension(side, addressSet(asked.value), asked.inverted);
}

function interfacePackets(
  side: 'inInterface' | 'outInterface',
  asked: Negatable<string> | null,
): Bounds | null {
  return asked === null ? null : inDimension(side, interfaceSet(asked.value), asked.inverted);
}

function protocolPackets(asked: Negatable<string> | null): Bounds | null {
  if (asked === null) return null;
  const number = protocolNumber(asked.value);
  return number === null
    ? unknownBounds
    : inDimension('protocol', oneValue(number), asked.inverted);
}

/** @returns null for a name that is not known here */
export function protocolNumber(name: string): number | null {
  if (/^\d{1,3}$/.test(name)) return Number(name);
  return numbersByName.get(name) ?? null;
}

/** As iptables-save prints them: xtables_chain_protos, and /etc/protocols for the rest (IANA). */
const numbersByName: ReadonlyMap<string, number> = new Map([
  ...Object.entries(protocolNumbers),
  ['icmp', 1],
  ['igmp', 2],
  ['ipencap', 4],
  ['dccp', 33],
  ['ipv6', 41],
  ['gre', 47],
  ['esp', 50],
  ['ah', 51],
  ['ipv6-icmp', 58],
  ['icmpv6', 58],
  ['ospf', 89],
  ['vrrp', 112],
  ['mobility-header', 135],
  ['ipv6-mh', 135],
  ['udplite', 136],
]);
