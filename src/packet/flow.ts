// One packet, as a point of the space that packet sets are made of.
import { type Address, addressValue } from '../net/address.ts';
import { protocolNumbers } from '../net/protocol.ts';
import type { Box } from './box.ts';
import { type Dimension, interfaceSet, oneValue, tcpFlagNames, tcpFlagSet } from './dimensions.ts';
import type { Bound } from './range-set.ts';

/** The first packet of a connection. */
export interface Flow {
  /** The number of the protocol (IANA); those with ports that natmap maps are tcp, udp and sctp. */
  readonly protocol: number;
  readonly source: Address;
  readonly destination: Address;
  readonly sourcePort: number;
  readonly destinationPort: number;
  /** The interface that it arrives by, or null when this host sends it. */
  readonly inInterface: string | null;
}

/** A value in some dimensions. */
export type Point = { readonly [D in Dimension]?: Bound };

/** The set that holds only this packet. */
export function flowBox(flow: Flow): Box {
  return {
    ...openingBox(flow.protocol),
    source: oneValue(addressValue(flow.source)),
    destination: oneValue(addressValue(flow.destination)),
    sourcePort: oneValue(flow.sourcePort),
    destinationPort: oneValue(flow.destinationPort),
    inInterface: interfaceSet(flow.inInterface ?? ''),
  };
}

/** The first packets of all connections of a protocol: TCP begins with SYN and no other flag. */
export function openingBox(protocol: number): Box {
  const tcpFlags = protocol === protocolNumbers.tcp ? { tcpFlags: onlySyn } : {};
  return { protocol: oneValue(protocol), ...tcpFlags };
}

const onlySyn = tcpFlagSet(tcpFlagNames, ['SYN']);
