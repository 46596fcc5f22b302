// The marks that Docker's nftables backend lets in (moby, libnetwork/drivers/bridge/internal/nftabler).
import type { Family } from '../../net/family.ts';
import { allBits, formatMark } from '../../net/mark.ts';
import { fields, type NftRule, type NftTable } from './ruleset.ts';

/** For each bridge network of the family the mark, as `0x1/0x1`, or null where it lets none in. */
export function dockerMarks(
  tables: readonly NftTable[],
  family: Family,
): readonly (string | null)[] {
  const own = family === 'ipv4' ? 'ip' : 'ip6';
  return tables
    .filter((table) => table.name === 'docker-bridges' && table.family === own)
    .flatMap(({ chains }) => chains.filter(({ name }) => name.startsWith('filter-forward-in__')))
    .map(({ rules }) => rules.map(acceptedMark).find((mark) => mark !== null) ?? null);
}

/** Of `meta mark and MASK == VALUE accept`, or of one without a mask. */
function acceptedMark(rule: NftRule): string | null {
  if (!rule.some((statement) => 'accept' in statement)) return null;
  for (const statement of rule) {
    const { left, right } = fields(statement.match);
    const masked = fields(left)['&'];
    const [operand, mask] = Array.isArray(masked) ? masked : [left, allBits];
    if (fields(fields(operand).meta).key !== 'mark') continue;
    if (typeof right === 'number' && typeof mask === 'number') {
      return formatMark({ value: right, mask });
    }
  }
  return null;
}
