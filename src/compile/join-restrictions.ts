// Restrictions of single ports, from all entries, as those that become rules: one for each port or range.
import { formatNetwork } from '../net/address.ts';
import { groupBy } from './group.ts';
import type { Admission, Mapping, SourceRestriction } from './mapping.ts';

/**
 * Several entries about one port let in the sources of all, and one without sources lets in everyone. Ports
 * that follow each other and are restricted alike become a range.
 */
export function joinRestrictions(mappings: readonly Mapping[]): Mapping[] {
  const restrictions = mappings.filter((each) => each.kind === 'restriction');
  const byPort = groupBy(restrictions, portKey);
  const merged = [...byPort.values()].flatMap((same) => mergeAdmitted(same) ?? []);
  const others = mappings.filter((each) => each.kind !== 'restriction');
  return [...others, ...joinRanges(merged)];
}

function portKey(restriction: SourceRestriction): string {
  const { family, service, published, protocol, intPorts } = restriction;
  const host =
    published === null ? 'routed' : `${published.ext?.text ?? '*'} ${published.ports.first}`;
  return `${family} ${service} ${protocol} ${host} ${intPorts.first}`;
}

/** @returns null where everyone is let in */
function mergeAdmitted(same: readonly SourceRestriction[]): SourceRestriction | null {
  const [first] = same;
  if (first === undefined || same.some(({ admitted }) => admitted === null)) return null;
  const all = same.flatMap(({ admitted }) => admitted ?? []);
  const distinct = new Map(all.map((each) => [admissionKey(each), each]));
  return { ...first, admitted: [...distinct.values()] };
}

/** In the order of containers, then of ports. */
function joinRanges(restrictions: readonly SourceRestriction[]): SourceRestriction[] {
  const alike = groupBy(restrictions, likenessKey);
  return [...alike.values()].flatMap((same) => {
    const ranges: SourceRestriction[] = [];
    for (const next of [...same].sort((a, b) => firstPort(a) - firstPort(b))) {
      const last = ranges.at(-1);
      if (last !== undefined && continues(last, next)) ranges.splice(-1, 1, extended(last, next));
      else ranges.push(next);
    }
    return ranges;
  });
}

/** Equal for restrictions that differ in their ports only. */
function likenessKey({
  family,
  service,
  protocol,
  published,
  admitted,
}: SourceRestriction): string {
  const host = published === null ? 'routed' : (published.ext?.text ?? '*');
  return [family, service, protocol, host, ...(admitted ?? []).map(admissionKey)].join(' ');
}

/** Equal for those who let in the same clients. */
export function admissionKey({ source, extIf }: Admission): string {
  return `${source === null ? '*' : formatNetwork(source)} ${extIf ?? '*'}`;
}

function firstPort({ published, intPorts }: SourceRestriction): number {
  return published?.ports.first ?? intPorts.first;
}

/** Only ports that are the same on both sides: another range would be two, one for each side. */
function continues(last: SourceRestriction, next: SourceRestriction): boolean {
  const [a, b] = [last.published?.ports ?? last.intPorts, next.published?.ports ?? next.intPorts];
  return (
    a.last + 1 === b.first &&
    last.intPorts.last + 1 === next.intPorts.first &&
    a.last - last.intPorts.last === b.last - next.intPorts.last
  );
}

function extended(last: SourceRestriction, next: SourceRestriction): SourceRestriction {
  const intPorts = { first: last.intPorts.first, last: next.intPorts.last };
  if (last.published === null || next.published === null) return { ...last, intPorts };
  const ports = { first: last.published.ports.first, last: next.published.ports.last };
  return { ...last, intPorts, published: { ...last.published, ports } };
}
