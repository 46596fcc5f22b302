// What tells packets apart, and the sets of values that rules name in each dimension.
import { type Address, addressValue, type Network } from '../net/address.ts';
import { addressBits } from '../net/family.ts';
import type { PortRange } from '../net/ports.ts';
import { type Bound, type RangeSet, unionRanges } from './range-set.ts';

/**
 * `sourcePort` and `destinationPort` of ICMP are its type and its code, as in OpenFlow. The types of
 * addresses are for rules that are asked about without a host; with one, they are addresses.
 */
const dimensions = [
  'protocol',
  'source',
  'destination',
  'sourcePort',
  'destinationPort',
  'inInterface',
  'outInterface',
  'state',
  'direction',
  'originalDestination',
  'originalDestinationPort',
  'sourceType',
  'destinationType',
  'tcpFlags',
] as const;

export type Dimension = (typeof dimensions)[number];

/** Every value of the dimension; `like` is any set of it, and tells the family of addresses. */
export function universe(dimension: Dimension, like: RangeSet): RangeSet {
  switch (dimension) {
    case 'source':
    case 'destination':
    case 'originalDestination':
      return typeof like[0] === 'bigint' ? everyAddress.ipv6 : everyAddress.ipv4;
    case 'sourcePort':
    case 'destinationPort':
    case 'originalDestinationPort':
      return everyPort;
    case 'inInterface':
    case 'outInterface':
      return everyInterface;
    case 'protocol':
      return everyProtocol;
    case 'state':
      return everyState;
    case 'direction':
      return everyDirection;
    case 'sourceType':
    case 'destinationType':
      return everyAddressType;
    case 'tcpFlags':
      return everyTcpFlags;
  }
}

export const everyAddress = { ipv4: [0, 2 ** 32], ipv6: [0n, 1n << 128n] } as const;
export const everyPort: RangeSet = [0, 65536];
const everyProtocol: RangeSet = [0, 256];
/** Above every name: no name has this character. */
export const everyInterface: RangeSet = ['', '\uffff'];

export function addressSet(network: Network): RangeSet {
  const base = addressValue(network.base);
  const hostBits = addressBits[network.family] - network.prefix;
  return typeof base === 'number'
    ? [base, base + 2 ** hostBits]
    : [base, base + (1n << BigInt(hostBits))];
}

/** The addresses from `first` to `last`, both included, of one family. */
export function addressRange(first: Address, last: Address): RangeSet {
  return between(addressValue(first), addressValue(last));
}

export function oneValue(value: number | bigint): RangeSet {
  return between(value, value);
}

/** From `first` to `last`, both included. */
export function between(first: number | bigint, last: number | bigint): RangeSet {
  return [first, typeof last === 'number' ? last + 1 : last + 1n];
}

export function portSet(ranges: readonly PortRange[]): RangeSet {
  return ranges
    .map(({ first, last }) => between(first, last))
    .reduce((all, range) => unionRanges(all, range), []);
}

/** The names that `-i` or `-o` means; `''` is the name of no interface, as the kernel has it. */
export function interfaceSet(pattern: string): RangeSet {
  if (!pattern.endsWith('+')) return [pattern, `${pattern}\0`];
  const stem = pattern.slice(0, -1);
  if (stem === '') return everyInterface;
  const next = String.fromCharCode(stem.charCodeAt(stem.length - 1) + 1);
  return [stem, `${stem.slice(0, -1)}${next}`];
}

/** What conntrack says of a packet; the kernel has one of these, and two bits beside it. */
const connectionStates = ['INVALID', 'NEW', 'RELATED', 'ESTABLISHED', 'UNTRACKED'] as const;

export type ConnectionState = (typeof connectionStates)[number];

/** The value of the dimension `state`. */
export function stateValue(state: ConnectionState, dnat: boolean, snat: boolean): number {
  return connectionStates.indexOf(state) * 4 + (dnat ? 2 : 0) + (snat ? 1 : 0);
}

const everyState: RangeSet = [0, connectionStates.length * 4];

/** The values of which the state is one of these, or which have one of these bits. */
export function stateSet(names: readonly string[]): RangeSet {
  const values: number[] = [];
  for (const state of connectionStates) {
    for (const dnat of [false, true]) {
      for (const snat of [false, true]) {
        const has =
          names.includes(state) ||
          (dnat && names.includes('DNAT')) ||
          (snat && names.includes('SNAT'));
        if (has) values.push(stateValue(state, dnat, snat));
      }
    }
  }
  return valueSet(values);
}

export const directions = ['ORIGINAL', 'REPLY'] as const;
const everyDirection: RangeSet = [0, directions.length];

export function directionSet(direction: (typeof directions)[number]): RangeSet {
  return oneValue(directions.indexOf(direction));
}

/** What an address is to a host, as far as rules ask for it without knowing the host. */
export const addressKinds = ['LOCAL', 'UNICAST', 'BROADCAST', 'MULTICAST', 'OTHER'] as const;
export type AddressKind = (typeof addressKinds)[number];

const everyAddressType: RangeSet = [0, addressKinds.length];

export function addressKindSet(kinds: readonly AddressKind[]): RangeSet {
  return valueSet(kinds.map((kind) => addressKinds.indexOf(kind)));
}

/** From the lowest bit on, as in the header. */
export const tcpFlagNames = ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG'] as const;
const everyTcpFlags: RangeSet = [0, 2 ** tcpFlagNames.length];

/** Of the flags in `mask`, exactly those in `set` are there. */
export function tcpFlagSet(mask: readonly string[], set: readonly string[]): RangeSet {
  const bits = (names: readonly string[]) =>
    tcpFlagNames.reduce((sum, name, bit) => sum + (names.includes(name) ? 2 ** bit : 0), 0);
  const [masked, wanted] = [bits(mask), bits(set)];
  const values = Array.from({ length: 2 ** tcpFlagNames.length }, (_, value) => value);
  return valueSet(values.filter((value) => (value & masked) === wanted));
}

function valueSet(values: readonly number[]): RangeSet {
  return values.reduce<readonly Bound[]>((all, value) => unionRanges(all, oneValue(value)), []);
}
