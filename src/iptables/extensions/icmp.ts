// icmp and icmp6 (iptables-extensions(8)). Types are kept in the dimension `sourcePort` and codes in
// `destinationPort`.
import { everyPort, oneValue } from '../../packet/dimensions.ts';
import {
  type Bounds,
  everyPacket,
  exactly,
  noPacket,
  subtractSets,
  unknownBounds,
} from '../../packet/packet-set.ts';
import { type Extension, type Option, unknown } from './extension.ts';

export const icmp: Extension = { name: 'icmp', options: [typeOption('--icmp-type')] };

export const icmp6: Extension = { name: 'icmp6', options: [typeOption('--icmpv6-type')] };

function typeOption(name: string): Option {
  return {
    names: [name],
    arity: 1,
    invertible: true,
    canonical: () => unknown,
    packets: (value, inverted) => ofType(value, inverted),
  };
}

/** `TYPE`, `TYPE/CODE` or `any`; names of types are not what iptables-save prints. */
function ofType(value: string, inverted: boolean): Bounds {
  if (value === 'any') return exactly(inverted ? noPacket : everyPacket);
  const match = /^(\d{1,3})(?:\/(\d{1,3}))?$/.exec(value);
  if (match === null) return unknownBounds;
  const [, type, code] = match;
  const codes = code === undefined ? everyPort : oneValue(Number(code));
  const typed = [{ sourcePort: oneValue(Number(type)), destinationPort: codes }];
  const set = inverted ? subtractSets(everyPacket, typed) : typed;
  return set === null ? unknownBounds : exactly(set);
}
