// Exact duplicates are dropped: the rule is there already, and its author should know.
import type { Report } from '../diagnostic/diagnostic.ts';
import { identity } from './claims.ts';
import { type Mapping, placeOf } from './mapping.ts';

export function dropDuplicates(mappings: readonly Mapping[], report: Report): Mapping[] {
  const firsts = new Map<string, Mapping>();
  const reported = new Set<string>();
  return mappings.filter((mapping) => {
    const key = identity(mapping);
    const first = firsts.get(key);
    if (first === undefined) {
      firsts.set(key, mapping);
      return true;
    }
    // Two entries about one container restrict the same: nobody wrote that twice.
    if (mapping.kind === 'restriction') return false;
    const at = placeOf(mapping);
    const line = `${at.source.name} ${at.offset}`;
    // One place gives several mappings when it has several protocols or families.
    if (!reported.has(line)) {
      reported.add(line);
      report({
        code: 'duplicate-mapping',
        severity: 'warning',
        message: 'duplicate mapping, ignored',
        at,
        related: [{ message: 'the first one', at: placeOf(first) }],
      });
    }
    return false;
  });
}
