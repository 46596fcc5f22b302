// Exact repeats are dropped: the rule is there already, and its author should know.
import type { Report } from '../diagnostic/diagnostic.ts';
import { identity } from './claims.ts';
import { type Mapping, placeOf } from './mapping.ts';

export function dropRepeats(mappings: readonly Mapping[], report: Report): Mapping[] {
  const firsts = new Map<string, Mapping>();
  const told = new Set<string>();
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
    if (!told.has(line)) {
      told.add(line);
      report({
        code: 'repeat',
        severity: 'warning',
        message: 'this mapping is there already and is left out',
        at,
        related: [{ message: 'the first one', at: placeOf(first) }],
      });
    }
    return false;
  });
}
