// Packets of one kind at one hook, as far as something is known of them.
import type { MatchContext } from '../iptables/extensions/extension.ts';
import type { Network } from '../net/address.ts';
import type { PortRange } from '../net/ports.ts';
import { type Protocol, protocolNumbers } from '../net/protocol.ts';
import type { Box } from '../packet/box.ts';
import {
  addressKindSet,
  addressSet,
  type ConnectionState,
  directionSet,
  interfaceSet,
  oneValue,
  portSet,
  stateValue,
} from '../packet/dimensions.ts';
import { openingBox } from '../packet/flow.ts';
import type { PacketSet } from '../packet/packet-set.ts';

/** First packets of connections, or replies; null where any value is meant. */
export interface PacketKind {
  readonly source: Network | null;
  /** `local`: every address of this host. */
  readonly destination: Network | 'local' | null;
  /** The name of no interface is empty. */
  readonly in: string | null;
  readonly out: string | null;
  readonly protocol: Protocol | null;
  readonly ports: PortRange | null;
  /** The ports before the translation. */
  readonly originalPorts: PortRange | null;
  readonly state: ConnectionState;
  readonly translated: 'DNAT' | 'SNAT' | null;
  readonly direction: 'ORIGINAL' | 'REPLY';
}

/** First packets of which nothing is known. */
export const anyPackets: PacketKind = {
  source: null,
  destination: null,
  in: null,
  out: null,
  protocol: null,
  ports: null,
  originalPorts: null,
  state: 'NEW',
  translated: null,
  direction: 'ORIGINAL',
};

/** @param addresses of this host; null where they are not known */
export function packetsOf(kind: PacketKind, addresses: MatchContext['addresses']): PacketSet {
  const { source, destination, protocol, ports, originalPorts, translated } = kind;
  const state = stateValue(kind.state, translated === 'DNAT', translated === 'SNAT');
  const box: Box = {
    ...(source === null ? {} : { source: addressSet(source) }),
    ...destinationBox(destination, addresses),
    ...(kind.in === null ? {} : { inInterface: interfaceSet(kind.in) }),
    ...(kind.out === null ? {} : { outInterface: interfaceSet(kind.out) }),
    ...(protocol === null ? {} : protocolBox(protocol, kind.state)),
    ...(ports === null ? {} : { destinationPort: portSet([ports]) }),
    ...(originalPorts === null ? {} : { originalDestinationPort: portSet([originalPorts]) }),
    state: oneValue(state),
    direction: directionSet(kind.direction),
  };
  return [box];
}

function protocolBox(protocol: Protocol, state: ConnectionState): Box {
  const number = protocolNumbers[protocol];
  return state === 'NEW' ? openingBox(number) : { protocol: oneValue(number) };
}

function destinationBox(
  destination: PacketKind['destination'],
  addresses: MatchContext['addresses'],
): Box {
  if (destination === null) return {};
  if (destination !== 'local') return { destination: addressSet(destination) };
  return addresses === null
    ? { destinationType: addressKindSet(['LOCAL']) }
    : { destination: addresses.LOCAL };
}
