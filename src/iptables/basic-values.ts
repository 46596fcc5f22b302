// The values of the options that need no match: addresses and protocols (iptables(8)).
import { type Network, parseNetwork } from '../net/address.ts';
import type { Family } from '../net/family.ts';
import { problem } from './extensions/extension.ts';
import type { Negatable } from './rule-parts.ts';

/** `10.0.0.1,10.0.1.0/24`: of several networks, each makes a rule of its own. */
export function readNetworks(
  text: string,
  family: Family,
  inverted: boolean,
): readonly Negatable<Network>[] | { readonly problem: string } {
  const networks: Negatable<Network>[] = [];
  for (const item of text.split(',')) {
    const value = parseNetwork(padded(item));
    if (value?.family !== family) return problem(`${item} is not an address of this family`);
    if (inverted && value.prefix === 0) return problem(`"!" before ${item} matches nothing`);
    networks.push({ inverted, value });
  }
  return inverted && networks.length > 1 ? problem('"!" with several addresses') : networks;
}

/** Octets that an IPv4 network leaves out at its end are zeros: `0/0`, `10.1/16` (pad_cidr, xtables.c). */
function padded(text: string): string {
  const [, octets, mask] = /^([0-9.]+)(\/.*)$/.exec(text) ?? [];
  if (octets === undefined) return text;
  return `${octets}${'.0'.repeat(Math.max(0, 4 - octets.split('.').length))}${mask}`;
}

/** As iptables-save prints them, by the names and numbers that iptables takes; `all` asks nothing. */
export const protocolNames: ReadonlyMap<string, string> = new Map([
  ['tcp', 'tcp'],
  ['6', 'tcp'],
  ['udp', 'udp'],
  ['17', 'udp'],
  ['sctp', 'sctp'],
  ['132', 'sctp'],
  ['icmp', 'icmp'],
  ['1', 'icmp'],
  ['all', 'all'],
  ['0', 'all'],
]);
