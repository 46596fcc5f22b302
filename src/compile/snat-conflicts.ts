// SNAT entries of one network and interface that leave with different addresses.
import type { Report } from '../diagnostic/diagnostic.ts';
import { groupBy } from './group.ts';
import type { Mapping, SnatMapping } from './mapping.ts';

export function reportSnatConflicts(mappings: readonly Mapping[], report: Report): void {
  const snats = mappings.filter((mapping) => mapping.kind === 'snat');
  const key = ({ int, extIf, bridge }: SnatMapping) =>
    `${int.base.text}/${int.prefix} ${extIf ?? `other interfaces than ${bridge}`}`;
  for (const [first, ...others] of groupBy(snats, key).values()) {
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
