// What the model knows of matches and targets. Everything else is kept word for word.
import type { Extension } from './extension.ts';
import { icmp, icmp6 } from './icmp.ts';
import { iprange } from './iprange.ts';
import { multiport, sctp, tcp, udp } from './ports.ts';
import { addrtype, comment, conntrack, state } from './state.ts';
import { statistic } from './statistic.ts';
import { dnat, mark, masquerade, redirect, reject, snat } from './targets.ts';

export const matches: ReadonlyMap<string, Extension> = byName([
  tcp,
  udp,
  sctp,
  multiport,
  conntrack,
  addrtype,
  statistic,
  comment,
]);

/**
 * Matches whose packets are known, though not their canonical form: rules with them are kept word for
 * word. Of what stands in neither list, any packet may match and none has to: `limit`, `hashlimit`,
 * `recent`, `statistic` and their like depend on more than the packet, `set`, `mark`, `string`, `u32`
 * and `physdev` on what the model does not hold.
 */
export const readMatches: ReadonlyMap<string, Extension> = new Map([
  ...matches,
  ...byName([state, iprange, icmp, icmp6]),
]);

/** Targets with the options they take; ACCEPT, DROP and RETURN take none. */
export const targets: ReadonlyMap<string, Extension> = byName([
  dnat,
  snat,
  masquerade,
  redirect,
  reject,
  mark,
  { name: 'ACCEPT', options: [] },
  { name: 'DROP', options: [] },
  { name: 'RETURN', options: [] },
]);

/** Protocols whose match an option of theirs loads without `-m` (iptables(8), --protocol). */
export const protocolMatches: ReadonlySet<string> = new Set(['tcp', 'udp', 'sctp']);

function byName(extensions: readonly Extension[]): ReadonlyMap<string, Extension> {
  return new Map(extensions.map((extension) => [extension.name, extension]));
}
