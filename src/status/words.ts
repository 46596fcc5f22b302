// What a mapping maps, on one line for people.
import { claimedSources } from '../compile/claims.ts';
import type { ForwardMapping, Mapping, SnatMapping } from '../compile/mapping.ts';
import { formatNetworkShort, withPort } from '../net/address.ts';
import { formatPorts, samePorts } from '../net/ports.ts';
import { type Group, portsOf } from '../template/groups.ts';

/** `203.0.113.43:25,465/tcp on vmbr0 from 198.51.100.0/24 → 10.0.0.101` */
export function mapsInWords(group: Group): string {
  const [first] = group;
  return first.kind === 'snat' ? snatInWords(first) : forwardInWords(first, portList(group));
}

/** What its author calls it, or the container that it leads to; null for neither. */
export function labelOf(mapping: Mapping): string | null {
  return mapping.origin.name ?? (mapping.kind === 'docker' ? mapping.service : null);
}

function snatInWords({ int, extIf, ext }: SnatMapping): string {
  return `${formatNetworkShort(int)} on ${extIf} → ${ext?.text ?? 'masquerade'}`;
}

function forwardInWords(mapping: ForwardMapping, ports: string): string {
  const { ext, protocol } = mapping;
  const port = `${ports}/${protocol}`;
  const sources = claimedSources(mapping)?.map(formatNetworkShort).join(', ');
  return [
    ...(mapping.kind === 'hairpin' ? ['hairpin'] : []),
    ext === null ? `*:${port}` : withPort(ext, port),
    ...(mapping.kind === 'dnat' && mapping.extIf !== null ? [`on ${mapping.extIf}`] : []),
    ...(sources === undefined ? [] : [`from ${sources || 'nowhere'}`]),
    ...(mapping.kind === 'dnat' && mapping.local ? ['and from this host'] : []),
    '→',
    targetInWords(mapping),
  ].join(' ');
}

/** The ports inside are named where they are others. */
function targetInWords({ int, ports, intPorts }: ForwardMapping): string {
  return samePorts(ports, intPorts) ? int.text : withPort(int, formatPorts(intPorts, '-'));
}

function portList(group: Group): string {
  return portsOf(group)
    .map((range) => formatPorts(range, '-'))
    .join(',');
}
