// conntrack, addrtype and comment (iptables-extensions(8)).

import { parseNetwork } from '../../net/address.ts';
import {
  type AddressKind,
  addressKindSet,
  addressKinds,
  addressSet,
  directionSet,
  everyAddress,
  stateSet,
} from '../../packet/dimensions.ts';
import {
  type Bounds,
  everyPacket,
  exactly,
  intersectBounds,
  type PacketSet,
  unknownBounds,
} from '../../packet/packet-set.ts';
import { type RangeSet, subtractRanges, unionRanges } from '../../packet/range-set.ts';
import { bytesOf } from '../bytes.ts';
import {
  type Extension,
  inDimension,
  type MatchContext,
  type Option,
  problem,
  unknown,
} from './extension.ts';
import { port, portsIn } from './ports.ts';

/** Longest comment in bytes: XT_MAX_COMMENT_LEN is 256 with its NUL; iptables cuts silently. */
export const longestComment = 255;

// The order of print_state and print_types in libxt_conntrack.c and libxt_addrtype.c.
const states = ['INVALID', 'NEW', 'RELATED', 'ESTABLISHED', 'UNTRACKED', 'SNAT', 'DNAT'];
const addressTypes = [
  'UNSPEC',
  'UNICAST',
  'LOCAL',
  'BROADCAST',
  'ANYCAST',
  'MULTICAST',
  'BLACKHOLE',
  'UNREACHABLE',
  'PROHIBIT',
  'THROW',
  'NAT',
  'XRESOLVE',
];

// What the kernel knows in IPv6: addrtype_mt_checkentry_v1, net/netfilter/xt_addrtype.c.
const addressTypes6 = ['UNSPEC', 'UNICAST', 'LOCAL', 'ANYCAST', 'MULTICAST', 'UNREACHABLE'];

export const conntrack: Extension = {
  name: 'conntrack',
  options: [
    { ...set('--ctstate', states), packets: inStates },
    port('--ctorigsrcport'),
    { ...port('--ctorigdstport'), packets: tracked(portsIn('originalDestinationPort')) },
    {
      names: ['--ctorigdst'],
      arity: 1,
      invertible: true,
      canonical: () => unknown,
      packets: tracked(originallyTo),
    },
    port('--ctreplsrcport'),
    port('--ctrepldstport'),
    {
      names: ['--ctdir'],
      arity: 1,
      invertible: false,
      canonical: ([text = '']) => {
        const direction = text.toUpperCase();
        const known = direction === 'ORIGINAL' || direction === 'REPLY';
        return known ? direction : problem(`${text} is neither ORIGINAL nor REPLY`);
      },
      packets: tracked((value, inverted) =>
        inDimension('direction', directionSet(value === 'REPLY' ? 'REPLY' : 'ORIGINAL'), inverted),
      ),
    },
  ],
};

/** The older name of conntrack's `--ctstate` (libxt_state.c). */
export const state: Extension = {
  name: 'state',
  options: [{ ...set('--state', states), packets: inStates }],
};

function inStates(value: string, inverted: boolean): Bounds {
  return inDimension('state', stateSet(value.split(',')), inverted);
}

/**
 * Of a packet that conntrack does not know, only the state is asked; no other option matches it, with
 * `!` or without (conntrack_mt, net/netfilter/xt_conntrack.c).
 */
function tracked(packets: NonNullable<Option['packets']>): NonNullable<Option['packets']> {
  const known = exactly([{ state: stateSet(['NEW', 'RELATED', 'ESTABLISHED']) }]);
  return (...args) => intersectBounds(packets(...args), known);
}

function originallyTo(value: string, inverted: boolean, { family }: MatchContext): Bounds {
  const network = parseNetwork(value);
  if (network?.family !== family) return unknownBounds;
  return inDimension('originalDestination', addressSet(network), inverted);
}

export const addrtype: Extension = {
  name: 'addrtype',
  options: [
    addressType('--src-type', 'source'),
    addressType('--dst-type', 'destination'),
    { names: ['--limit-iface-in'], arity: 0, invertible: false, canonical: () => '' },
    { names: ['--limit-iface-out'], arity: 0, invertible: false, canonical: () => '' },
  ],
};

/** The match whose text is kept as a word: quoting it is the printer's matter. */
export const comment: Extension = {
  name: 'comment',
  options: [
    {
      names: ['--comment'],
      arity: 1,
      invertible: false,
      canonical: ([text = '']) =>
        bytesOf(text).length > longestComment
          ? problem(`the comment is longer than ${longestComment} bytes, and would be cut silently`)
          : text,
      packets: () => exactly(everyPacket),
    },
  ],
};

function addressType(name: string, side: 'source' | 'destination'): Option {
  const [v4, v6] = [set(name, addressTypes), set(name, addressTypes6)];
  return {
    ...v4,
    packets: (value, inverted, context) => ofTypes(value.split(','), side, inverted, context),
    canonical: (args, family, inverted) =>
      (family === 'ipv4' ? v4 : v6).canonical(args, family, inverted),
  };
}

/**
 * In IPv4 one of the types has to be right, and each address has one. In IPv6, UNICAST holds LOCAL, and
 * several types go together in ways of their own (match_type6, net/netfilter/xt_addrtype.c).
 */
function ofTypes(
  types: readonly string[],
  side: 'source' | 'destination',
  inverted: boolean,
  { family, addresses }: MatchContext,
): Bounds {
  const kinds = types.filter((type) => isKnownKind(type));
  if (kinds.length < types.length || (family === 'ipv6' && kinds.length > 1)) return unknownBounds;
  const meant: AddressKind[] =
    family === 'ipv6' && kinds[0] === 'UNICAST' ? ['UNICAST', 'LOCAL'] : kinds;
  if (addresses === null) return ofTypesAnywhere(meant, side, inverted, family);
  const values = meant.reduce<RangeSet>((all, kind) => unionRanges(all, addresses[kind]), []);
  if (values.length > 0) return inDimension(side, values, inverted);
  return exactly(inverted ? everyPacket : []);
}

/** Packets to the addresses of a host of which nothing is known. */
export function packetsToHost(family: MatchContext['family']): PacketSet {
  return ofTypesAnywhere(['LOCAL'], 'destination', false, family).atMost;
}

/** On any host, loopback is LOCAL and groups are MULTICAST; of other addresses only the host can tell. */
function ofTypesAnywhere(
  meant: readonly AddressKind[],
  side: 'source' | 'destination',
  inverted: boolean,
  family: MatchContext['family'],
): Bounds {
  const { LOCAL, MULTICAST } = knownTypes[family];
  const kinds = addressKinds.filter((kind) => meant.includes(kind) !== inverted);
  const fixed = (['LOCAL', 'MULTICAST'] as const).filter((kind) => kinds.includes(kind));
  const others = subtractRanges(everyAddress[family], unionRanges(LOCAL, MULTICAST));
  return exactly([
    ...fixed.map((kind) => ({ [side]: knownTypes[family][kind] })),
    ...(kinds.length === 0 ? [] : [{ [side]: others, [`${side}Type`]: addressKindSet(kinds) }]),
  ]);
}

const knownTypes: Readonly<
  Record<MatchContext['family'], Readonly<Record<'LOCAL' | 'MULTICAST', RangeSet>>>
> = {
  ipv4: { LOCAL: [0x7f000000, 0x80000000], MULTICAST: [0xe0000000, 0xf0000000] },
  ipv6: { LOCAL: [1n, 2n], MULTICAST: [0xffn << 120n, 1n << 128n] },
};

function isKnownKind(type: string): type is 'LOCAL' | 'UNICAST' | 'BROADCAST' | 'MULTICAST' {
  return ['LOCAL', 'UNICAST', 'BROADCAST', 'MULTICAST'].includes(type);
}

function set(name: string, order: readonly string[]): Option {
  return {
    names: [name],
    arity: 1,
    invertible: true,
    canonical: ([text = '']) => {
      const items = text.toUpperCase().split(',');
      const stranger = items.find((item) => !order.includes(item));
      if (stranger !== undefined) return problem(`${name.slice(2)} has no ${stranger}`);
      return order.filter((item) => items.includes(item)).join(',');
    },
  };
}
