// What templates see of restrictions to sources: rules in mangle PREROUTING, before any translation. Packets
// on real engines proved their form; each part is there because something got through, or was cut, without it.
import { admissionKey } from '../compile/join-restrictions.ts';
import type { ForwardMapping, SourceRestriction } from '../compile/mapping.ts';
import { formatNetworkShort } from '../net/address.ts';
import type { Family } from '../net/family.ts';
import { formatPorts } from '../net/ports.ts';
import { exemptViews } from './exempt-views.ts';
import { comment, portMatch } from './view-words.ts';
import type { View } from './views.ts';

/** One chain for all ports with the same sources and bridges: rules are ports plus sets, not ports times sources. */
interface RestrictionChain {
  readonly name: string;
  readonly members: readonly SourceRestriction[];
}

export function restrictionViews(
  restrictions: readonly SourceRestriction[],
  forwards: readonly ForwardMapping[],
  family: Family,
): View[] {
  if (restrictions.length === 0) return [];
  const chains = chainsOf(restrictions);
  const before = { family, comment: 'natmap:restrictions' };
  return [
    { template: 'restrictions', origin: null, serves: [], values: before },
    ...exemptViews(restrictions, forwards),
    ...chains.flatMap(({ name, members }) => members.flatMap((each) => hostViews(each, name))),
    ...chains.flatMap(({ name, members }) => members.flatMap((each) => directViews(each, name))),
    ...chains.flatMap(decisionViews),
  ];
}

function chainsOf(restrictions: readonly SourceRestriction[]): readonly RestrictionChain[] {
  const bySet = new Map<string, SourceRestriction[]>();
  for (const restriction of restrictions) {
    const { admitted, bridges } = restriction;
    const key = JSON.stringify([admitted?.map(admissionKey), bridges]);
    const members = bySet.get(key);
    if (members === undefined) bySet.set(key, [restriction]);
    else members.push(restriction);
  }
  const taken = new Map<string, number>();
  return [...bySet.values()].map((members) => {
    const name = nameOf(members);
    const before = taken.get(name) ?? 0;
    taken.set(name, before + 1);
    return { name: before === 0 ? name : `${name}-${before + 1}`, members };
  });
}

/** After the first port, so that neither another source nor another entry renames the chain. */
function nameOf([first]: readonly SourceRestriction[]): string {
  const port = first?.published?.ports.first ?? first?.intPorts.first;
  return `NATMAP-R-${first?.protocol}-${port}`;
}

function hostViews(mapping: SourceRestriction, chain: string): View[] {
  const { family, origin, protocol, published } = mapping;
  if (published === null) return [];
  const values = {
    ...valuesOf(mapping),
    chain,
    host: published.ext?.text ?? null,
    ext_match: portMatch(protocol, [published.ports]),
    own_match: `-m addrtype ${ownAddresses(mapping)}`,
    multicast:
      published.ext === null && protocol === 'udp' && family === 'ipv6' ? 'ff00::/8' : null,
  };
  return [{ template: 'restrict', origin, serves: [mapping], values }];
}

/**
 * The destinations by which this host is reached. The userland proxy answers datagrams to broadcast,
 * multicast and anycast addresses too; TCP to these the kernel does not accept. In IPv6 UNICAST includes
 * the host's own addresses, and types beside LOCAL and ANYCAST exclude each other (xt_addrtype.c).
 */
function ownAddresses({ family, protocol }: SourceRestriction): string {
  if (protocol !== 'udp') return '--dst-type LOCAL';
  return family === 'ipv4' ? '! --dst-type UNICAST' : '--dst-type LOCAL,ANYCAST';
}

function directViews(mapping: SourceRestriction, chain: string): View[] {
  const { origin, protocol, direct, intPorts } = mapping;
  const fixed = { ...valuesOf(mapping), chain, int_match: portMatch(protocol, [intPorts]) };
  return direct.map((subnet) => ({
    template: 'restrict-direct',
    origin,
    serves: [mapping],
    values: { ...fixed, subnet: formatNetworkShort(subnet) },
  }));
}

function decisionViews({ name: chain, members }: RestrictionChain): View[] {
  const [first] = members;
  if (first === undefined) return [];
  const { proto: _, ...fixed } = valuesOf(first);
  const view = (source: string | null, ext_if: string | null, bridge: string | null): View => ({
    template: 'restriction',
    origin: first.origin,
    serves: members,
    values: { ...fixed, chain, source, ext_if, bridge },
  });
  return [
    ...(first.admitted ?? []).map(({ source, extIf }) =>
      view(source && formatNetworkShort(source), extIf, null),
    ),
    ...first.bridges.map((bridge) => view(null, null, bridge)),
    view(null, null, null),
  ];
}

function valuesOf({ family, origin, protocol, service, published, intPorts }: SourceRestriction) {
  const ports = `${formatPorts(published?.ports ?? intPorts, '-')}/${protocol}`;
  return { family, name: origin.name, comment: comment('docker', service, ports), proto: protocol };
}
