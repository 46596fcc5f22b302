// Which packets a match of nftables matches (libnftables-json(5), MATCH).
import { inDimension } from '../../iptables/extensions/extension.ts';
import { protocolNumber } from '../../iptables/rule-packets.ts';
import { parseNetwork } from '../../net/address.ts';
import type { Family } from '../../net/family.ts';
import type { Mark } from '../../net/mark.ts';
import {
  addressSet,
  between,
  type Dimension,
  directionSet,
  interfaceSet,
  oneValue,
  stateSet,
} from '../../packet/dimensions.ts';
import {
  type Bounds,
  everyPacket,
  exactly,
  intersectBounds,
  noPacket,
  unknownBounds,
} from '../../packet/packet-set.ts';
import { type RangeSet, unionRanges } from '../../packet/range-set.ts';
import { fields, type Json } from './ruleset.ts';

/** Of the packets: their family, and the mark that they have at the hook, as far as one is known. */
export interface NftContext {
  readonly family: Family;
  readonly mark: Mark | null;
}

/** @param match `{"op": "==", "left": …, "right": …}` */
export function matchPackets({ op, left, right }: Json, context: NftContext): Bounds {
  if (op !== '==' && op !== 'in' && op !== '!=') return unknownBounds;
  const inverted = op === '!=';
  const [[kind = '', content] = []] = Object.entries(fields(left));
  const { key, protocol, field } = fields(content);
  switch (kind) {
    case 'meta':
      return metaPackets(String(key), right, inverted, context);
    case 'ct':
      return conntrackPackets(String(key), right, inverted);
    case 'payload':
      return headerPackets(String(protocol), String(field), right, inverted, context);
    case '&':
      return inverted ? unknownBounds : markPackets(content, right, context.mark);
    default:
      return unknownBounds;
  }
}

function metaPackets(
  key: string,
  right: unknown,
  inverted: boolean,
  { family }: NftContext,
): Bounds {
  switch (key) {
    case 'iif':
    case 'iifname':
      return inValues('inInterface', right, nameSet, inverted);
    case 'oif':
    case 'oifname':
      return inValues('outInterface', right, nameSet, inverted);
    case 'nfproto':
      return exactly(
        (valuesOf(right) ?? []).includes(family) === inverted ? noPacket : everyPacket,
      );
    case 'l4proto':
      return inValues('protocol', right, protocolSet, inverted);
    default:
      return unknownBounds;
  }
}

function conntrackPackets(key: string, right: unknown, inverted: boolean): Bounds {
  switch (key) {
    case 'state':
      return inValues('state', right, (name) => namedState(name, states), inverted);
    case 'status':
      return inValues('state', right, (name) => namedState(name, translations), inverted);
    case 'direction':
      return inValues('direction', right, directionOf, inverted);
    default:
      return unknownBounds;
  }
}

function headerPackets(
  header: string,
  field: string,
  right: unknown,
  inverted: boolean,
  { family }: NftContext,
): Bounds {
  if (header === 'ip' || header === 'ip6') {
    if (header !== (family === 'ipv4' ? 'ip' : 'ip6')) return exactly(noPacket);
    if (field === 'saddr') return inValues('source', right, networkSet, inverted);
    if (field === 'daddr') return inValues('destination', right, networkSet, inverted);
    return field === 'protocol'
      ? inValues('protocol', right, protocolSet, inverted)
      : unknownBounds;
  }
  // A match on a field asks for its header too, and nft leaves that out where it prints the rule.
  const ofHeader = header === 'th' ? exactly(everyPacket) : ofProtocol(header);
  if (field === 'dport') {
    return intersectBounds(ofHeader, inValues('destinationPort', right, portsOf, inverted));
  }
  if (field === 'sport') {
    return intersectBounds(ofHeader, inValues('sourcePort', right, portsOf, inverted));
  }
  return intersectBounds(ofHeader, unknownBounds);
}

function ofProtocol(name: string): Bounds {
  const set = protocolSet(name);
  return set === null ? unknownBounds : inDimension('protocol', set, false);
}

/** `meta mark and MASK == VALUE`. */
function markPackets(operands: unknown, right: unknown, mark: Mark | null): Bounds {
  const [operand, mask] = Array.isArray(operands) ? operands : [];
  const isMark = fields(fields(operand).meta).key === 'mark';
  const isOurs = isMark && mark !== null && mask === mark.mask && right === mark.value;
  return isOurs ? exactly(everyPacket) : unknownBounds;
}

/** One value, a list of states, or a set; a set of the table's own may hold anything. */
function valuesOf(right: unknown): readonly unknown[] | null {
  if (typeof right === 'string' && right.startsWith('@')) return null;
  const { set } = fields(right);
  if (Array.isArray(set)) return set;
  return Array.isArray(right) ? right : [right];
}

function inValues(
  dimension: Dimension,
  right: unknown,
  read: (value: unknown) => RangeSet | null,
  inverted: boolean,
): Bounds {
  let known: RangeSet = [];
  for (const value of valuesOf(right) ?? [undefined]) {
    const set = read(value);
    if (set === null) return unknownBounds;
    known = unionRanges(known, set);
  }
  return known.length === 0 ? unknownBounds : inDimension(dimension, known, inverted);
}

function nameSet(name: unknown): RangeSet | null {
  if (typeof name !== 'string') return null;
  return name.endsWith('*') ? interfaceSet(`${name.slice(0, -1)}+`) : [name, `${name}\0`];
}

function protocolSet(name: unknown): RangeSet | null {
  const number =
    typeof name === 'string' || typeof name === 'number' ? protocolNumber(`${name}`) : null;
  return number === null ? null : oneValue(number);
}

const states: readonly string[] = ['invalid', 'new', 'related', 'established', 'untracked'];
const translations: readonly string[] = ['dnat', 'snat'];

function namedState(name: unknown, known: readonly string[]): RangeSet | null {
  return typeof name === 'string' && known.includes(name) ? stateSet([name.toUpperCase()]) : null;
}

function directionOf(name: unknown): RangeSet | null {
  return name === 'original' || name === 'reply'
    ? directionSet(name === 'reply' ? 'REPLY' : 'ORIGINAL')
    : null;
}

/** An address, or `{"prefix": {"addr": …, "len": …}}`. */
function networkSet(value: unknown): RangeSet | null {
  const { addr, len } = fields(fields(value).prefix);
  const text = typeof addr === 'string' ? `${addr}/${len}` : value;
  const network = typeof text === 'string' ? parseNetwork(text) : null;
  return network === null ? null : addressSet(network);
}

function portsOf(value: unknown): RangeSet | null {
  const { range } = fields(value);
  const [low, high] = Array.isArray(range) ? range : [value, value];
  return typeof low === 'number' && typeof high === 'number' ? between(low, high) : null;
}
