// Where a DNAT rule forwards connections to, in words.
import type { Translation } from '../iptables/targets.ts';
import { withPort } from '../net/address.ts';
import type { Family } from '../net/family.ts';
import { formatPorts, type PortRange } from '../net/ports.ts';

export type DestinationTranslation = Extract<Translation, { readonly addresses: unknown }>;

/** `10.0.0.101:8000-8010`, for connections to these ports. */
export function translatedDestination(
  { addresses, ports: to }: DestinationTranslation,
  ports: PortRange,
  family: Family,
): string {
  const [first = '', last = first] = [addresses?.first.text, addresses?.last.text];
  const address = { family, text: first === last ? first : `${first}-${last}` };
  return withPort(address, formatPorts(translatedPorts(to, ports), '-'));
}

/** The one port that all connections are forwarded to, whatever port they had; null where there is none. */
export function onlyPort({ ports }: DestinationTranslation): number | null {
  return ports !== null && ports.base === null && ports.first === ports.last ? ports.first : null;
}

function translatedPorts(to: DestinationTranslation['ports'], ports: PortRange): PortRange {
  if (to === null) return ports;
  if (to.base === null) return to;
  const shift = to.first - to.base;
  return { first: ports.first + shift, last: ports.last + shift };
}
