// Mappings that claim the same connections and lead them to different places.
//
// A sweep over the ports of each family and protocol, with the open claims filed by address: 10,000
// mappings cost milliseconds where comparing every pair would cost 50 million comparisons.
import type { Report } from '../diagnostic/diagnostic.ts';
import { withPort } from '../net/address.ts';
import { formatPorts } from '../net/ports.ts';
import { areLocal, claimsOverlap, sameTarget, speaksForItself } from './claims.ts';
import { groupBy } from './group.ts';
import {
  type ForwardMapping,
  isForward,
  type Mapping,
  type SnatMapping,
  writtenKey,
} from './mapping.ts';

export function reportConflicts(mappings: readonly Mapping[], report: Report): void {
  reportSnatConflicts(
    mappings.filter((mapping) => mapping.kind === 'snat'),
    report,
  );
  const forwards = mappings.filter(isForward).filter(speaksForItself);
  const order = new Map(forwards.map((mapping, index) => [mapping, index]));
  const told = new Set<string>();
  for (const group of groupBy(
    forwards,
    ({ family, protocol }) => `${family} ${protocol}`,
  ).values()) {
    for (const [one, other] of overlaps(group)) {
      if (sameTarget(one, other)) continue;
      const swap = (order.get(one) ?? 0) > (order.get(other) ?? 0);
      const [first, second] = swap ? [other, one] : [one, other];
      const pair = [first, second].map(writtenKey).join(' ');
      if (told.has(pair)) continue;
      told.add(pair);
      reportConflict(first, second, report);
    }
  }
}

/** Every pair whose claims overlap, each once. */
function* overlaps(group: readonly ForwardMapping[]): Generator<[ForwardMapping, ForwardMapping]> {
  const open = new Map<string | null, ForwardMapping[]>();
  const sorted = [...group].sort((a, b) => a.ports.first - b.ports.first);
  for (const mapping of sorted) {
    const address = mapping.ext?.text ?? null;
    const addresses = address === null ? [...open.keys()] : [address, null];
    for (const key of addresses) {
      const candidates = stillOpen(open.get(key) ?? [], mapping.ports.first);
      if (candidates.length === 0) open.delete(key);
      else open.set(key, candidates);
      for (const candidate of candidates) {
        if (claimsOverlap(candidate, mapping)) yield [candidate, mapping];
      }
    }
    const mine = open.get(address);
    if (mine === undefined) open.set(address, [mapping]);
    else mine.push(mapping);
  }
}

function stillOpen(claims: ForwardMapping[], port: number): ForwardMapping[] {
  return claims.every((claim) => claim.ports.last >= port)
    ? claims
    : claims.filter((claim) => claim.ports.last >= port);
}

function reportConflict(first: ForwardMapping, second: ForwardMapping, report: Report): void {
  report({
    code: 'conflict',
    severity: 'error',
    message: `${external(second)} leads to ${internal(second)} here and to ${internal(first)} elsewhere`,
    at: second.at,
    hint: areLocal(first, second)
      ? 'one of the two has to go or take other ports, or be without local and take other sources or interfaces'
      : 'one of the two has to go, or take other ports, sources or interfaces',
    related: [{ message: `the mapping to ${internal(first)}`, at: first.at }],
  });
}

function reportSnatConflicts(mappings: readonly SnatMapping[], report: Report): void {
  const key = ({ int, extIf }: SnatMapping) => `${int.base.text}/${int.prefix} ${extIf}`;
  for (const [first, ...others] of groupBy(mappings, key).values()) {
    for (const other of others) {
      if (first === undefined || first.ext?.text === other.ext?.text) continue;
      report({
        code: 'conflict',
        severity: 'error',
        message: `${key(other).replace(' ', ' on ')} leaves as ${outside(other)} here and as ${outside(first)} elsewhere`,
        at: other.origin.at,
        related: [{ message: `the entry with ${outside(first)}`, at: first.origin.at }],
      });
    }
  }
}

function outside({ ext }: SnatMapping): string {
  return ext?.text ?? 'MASQUERADE';
}

/** `203.0.113.43:25/tcp`, in the way Docker writes it. */
export function external({ ext, ports, protocol }: ForwardMapping): string {
  const port = `${formatPorts(ports, '-')}/${protocol}`;
  return ext === null ? `*:${port}` : withPort(ext, port);
}

function internal(mapping: ForwardMapping): string {
  const { int, intPorts } = mapping;
  const target = withPort(int, formatPorts(intPorts, '-'));
  if (mapping.kind !== 'docker') return target;
  if (mapping.share !== null) return `${target} and ${mapping.share.targets.length - 1} more`;
  return mapping.origin.kind === 'publish' ? `${target} (container ${mapping.service})` : target;
}
