// Mappings that claim the same connections and lead them to different places.
import type { Report } from '../diagnostic/diagnostic.ts';
import { withPort } from '../net/address.ts';
import { formatPorts } from '../net/ports.ts';
import { areLocal, sameTarget } from './claims.ts';
import { groupBy } from './group-by.ts';
import { type ForwardMapping, type Mapping, type SnatMapping, writtenKey } from './mapping.ts';
import { overlappingPairs } from './overlaps.ts';

export function reportConflicts(mappings: readonly Mapping[], report: Report): void {
  reportSnatConflicts(
    mappings.filter((mapping) => mapping.kind === 'snat'),
    report,
  );
  const told = new Set<string>();
  for (const [first, second] of overlappingPairs(mappings)) {
    if (sameTarget(first, second)) continue;
    const pair = [first, second].map(writtenKey).join(' ');
    if (told.has(pair)) continue;
    told.add(pair);
    reportConflict(first, second, report);
  }
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
  for (const [first, ...others] of groupBy(mappings, key)) {
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
