// Packets of one kind, and how far the conditions of a rule fit them.
import type { Condition } from '../iptables/conditions.ts';
import { type Network, networkContains, networksOverlap } from '../net/address.ts';
import { interfaceCovers, interfacesOverlap } from '../net/interface.ts';
import type { PortRange } from '../net/ports.ts';
import type { Protocol } from '../net/protocol.ts';

/** First packets of connections, or replies, at one hook; null where any value is meant. */
export interface Traffic {
  readonly source: Network | null;
  readonly destination: Network | null;
  readonly in: string | null;
  readonly out: string | null;
  readonly protocol: Protocol | null;
  readonly ports: PortRange | null;
  /** The ports before the translation. */
  readonly originalPorts: PortRange | null;
  /** All that conntrack would say of each packet: `NEW`, `ESTABLISHED`, `DNAT`. */
  readonly states: readonly string[];
  readonly direction: 'ORIGINAL' | 'REPLY';
  /** What the destination is to this host, as addrtype calls it. */
  readonly destinationType: 'LOCAL' | 'UNICAST' | null;
}

/** Of the packets: every one fits, some may, none does. */
export type Fit = 'all' | 'some' | 'none';

/** How far packets of this kind fit all of the conditions. */
export function fitOf(conditions: readonly Condition[], traffic: Traffic): Fit {
  let whole: Fit = 'all';
  for (const condition of conditions) {
    const one = fitOne(condition, traffic);
    if (one === 'none') return 'none';
    if (one === 'some') whole = 'some';
  }
  return whole;
}

function fitOne(condition: Condition, traffic: Traffic): Fit {
  if (condition.kind === 'unknown') return 'some';
  const upright = fitUpright(condition, traffic);
  if (!condition.inverted || upright === 'some') return upright;
  return upright === 'all' ? 'none' : 'all';
}

function fitUpright(condition: Exclude<Condition, { kind: 'unknown' }>, traffic: Traffic): Fit {
  switch (condition.kind) {
    case 'source':
    case 'destination':
      return fitNetwork(condition.network, traffic[condition.kind]);
    case 'in':
    case 'out':
      return fitInterface(condition.name, traffic[condition.kind]);
    case 'protocol':
      return fitValue([condition.name], traffic.protocol);
    case 'destination-ports':
      return fitPorts(condition.ports, traffic.ports);
    case 'original-ports':
      return fitPorts(condition.ports, traffic.originalPorts);
    case 'states':
      return condition.values.some((state) => traffic.states.includes(state)) ? 'all' : 'none';
    case 'direction':
      return fitValue(condition.values, traffic.direction);
    case 'destination-types':
      return fitValue(condition.values, traffic.destinationType);
  }
}

function fitNetwork(asked: Network, given: Network | null): Fit {
  if (given === null) return asked.prefix === 0 ? 'all' : 'some';
  if (networkContains(asked, given)) return 'all';
  return networksOverlap(asked, given) ? 'some' : 'none';
}

function fitInterface(asked: string, given: string | null): Fit {
  if (given === null) return 'some';
  if (interfaceCovers(asked, given)) return 'all';
  return interfacesOverlap(asked, given) ? 'some' : 'none';
}

function fitValue(asked: readonly string[], given: string | null): Fit {
  if (given === null) return 'some';
  return asked.includes(given) ? 'all' : 'none';
}

function fitPorts(asked: readonly PortRange[], given: PortRange | null): Fit {
  if (given === null) return 'some';
  const contains = ({ first, last }: PortRange) => first <= given.first && given.last <= last;
  if (asked.some(contains)) return 'all';
  const overlaps = ({ first, last }: PortRange) => first <= given.last && given.first <= last;
  return asked.some(overlaps) ? 'some' : 'none';
}
