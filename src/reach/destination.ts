// Where a DNAT target leads: the value of --to-destination (iptables-extensions(8)).
import { type Address, withPort } from '../net/address.ts';
import type { Family } from '../net/family.ts';
import { formatPorts, type PortRange } from '../net/ports.ts';

export interface Destination {
  /** Its text may be a range of addresses. */
  readonly address: Address;
  readonly ports: DestinationPorts;
}

type DestinationPorts =
  /** Each port leads to the one so much higher; 0 keeps it. */
  | { readonly kind: 'shift'; readonly by: number }
  /** All lead to one of these. */
  | { readonly kind: 'among'; readonly ports: PortRange };

/** Reads text in canonical form, as `10.0.0.101:9000-9010/8000` or `[2001:db8::1]:25`. */
export function readDestination(text: string, family: Family): Destination {
  const [, bracketed, plain, portText] = /^(?:\[(.*)\]|([^:]*)):([\d/-]+)$/.exec(text) ?? [];
  if (portText === undefined) {
    return { address: { family, text }, ports: { kind: 'shift', by: 0 } };
  }
  return { address: { family, text: bracketed ?? plain ?? '' }, ports: readPorts(portText) };
}

/** `PORT[-PORT[/BASE]]` */
function readPorts(text: string): DestinationPorts {
  const [first = 0, last = first, base] = text.split(/[-/]/).map(Number);
  return base === undefined
    ? { kind: 'among', ports: { first, last } }
    : { kind: 'shift', by: first - base };
}

/** Where connections to these ports come to: `10.0.0.101:8000-8010`. */
export function landing({ address, ports: to }: Destination, ports: PortRange): string {
  if (to.kind === 'among') return withPort(address, formatPorts(to.ports, '-'));
  const shifted = { first: ports.first + to.by, last: ports.last + to.by };
  return withPort(address, formatPorts(shifted, '-'));
}
