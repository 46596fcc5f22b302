// What a mapping maps, on one line for people.
import { claimedSources } from '../compile/claims.ts';
import {
  type ForwardMapping,
  ingressOf,
  type Mapping,
  type MasqueradeMapping,
  type SnatMapping,
  type SourceRestriction,
} from '../compile/mapping.ts';
import { clip } from '../diagnostic/clip.ts';
import { formatNetworkShort, withPort } from '../net/address.ts';
import { formatPorts, samePorts } from '../net/ports.ts';
import { type Group, portsOf } from '../template/groups.ts';

/** `203.0.113.43:25,465/tcp on vmbr0 from 198.51.100.0/24 → 10.0.0.101` */
export function mapsInWords(group: Group): string {
  const [first] = group;
  switch (first.kind) {
    case 'snat':
      return snatInWords(first);
    case 'masquerade':
      return outboundInWords(first);
    case 'isolation':
      return `masqueraded networks to ${first.network} → dropped`;
    case 'restriction':
      return restrictedInWords(first);
    case 'dnat':
    case 'hairpin':
    case 'docker':
      return forwardInWords(first, portList(group));
  }
}

/** Characters of a name that docker and podman, which set no limit, would hardly ever give. */
const longestLabel = 255;

/** What its author calls it, or the container or network that it is about; null for none of them. */
export function labelOf(mapping: Mapping): string | null {
  if (mapping.origin.name !== null) return mapping.origin.name;
  if ('service' in mapping) return clip(mapping.service, longestLabel);
  return 'network' in mapping ? clip(mapping.network, longestLabel) : null;
}

function outboundInWords({ subnets, translated }: MasqueradeMapping): string {
  const inside = subnets.map(formatNetworkShort).join(', ');
  return `${inside} → ${translated ? 'masquerade' : 'outside, untranslated'}`;
}

function snatInWords({ int, extIf, ext }: SnatMapping): string {
  const where = extIf === null ? '' : ` on ${extIf}`;
  return `${formatNetworkShort(int)}${where} → ${ext?.text ?? 'masquerade'}`;
}

function forwardInWords(mapping: ForwardMapping, ports: string): string {
  const sources = claimedSources(mapping)?.map(formatNetworkShort).join(', ');
  const ingress = ingressOf(mapping);
  return [
    ...(mapping.kind === 'hairpin' ? ['hairpin'] : []),
    externalInWords(mapping, ports),
    ...(ingress === null ? [] : [`on ${ingress}`]),
    ...(sources === undefined ? [] : [`from ${sources || 'nowhere'}`]),
    ...(mapping.kind === 'dnat' && mapping.local ? ['and from this host'] : []),
    '→',
    targetInWords(mapping),
  ].join(' ');
}

function externalInWords(
  { ext, protocol }: Pick<ForwardMapping, 'ext' | 'protocol'>,
  ports: string,
): string {
  const port = `${ports}/${protocol}`;
  return ext === null ? `*:${port}` : withPort(ext, port);
}

function restrictedInWords({
  addresses,
  published,
  intPorts,
  protocol,
}: SourceRestriction): string {
  const inside = `${formatPorts(intPorts, '-')}/${protocol}`;
  const where =
    published === null
      ? addresses.map((address) => withPort(address, inside)).join(', ')
      : externalInWords({ ext: published.ext, protocol }, formatPorts(published.ports, '-'));
  return `${where} from elsewhere → dropped`;
}

/** The ports inside are named where they are others. */
function targetInWords(mapping: ForwardMapping): string {
  const { int, ports, intPorts } = mapping;
  const target = samePorts(ports, intPorts) ? int.text : withPort(int, formatPorts(intPorts, '-'));
  const share = mapping.kind === 'docker' ? mapping.share : null;
  return share === null ? target : `${target}, ${share.index + 1} of ${share.targets.length}`;
}

function portList(group: Group): string {
  return portsOf(group)
    .map((range) => formatPorts(range, '-'))
    .join(',');
}
