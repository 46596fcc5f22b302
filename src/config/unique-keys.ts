// A key that stands twice in one mapping: YAML forbids it, and one of its values would be ignored.
import { isScalar, type Node, visit } from 'yaml';
import { type Context, fault, placeOf } from './reader.ts';

/** Reports every second key of its name, in time that grows with the text and no faster. */
export function hasUniqueKeys(contents: Node, context: Context): boolean {
  let isUnique = true;
  visit(contents, {
    Map(_, map) {
      const seen = new Set<unknown>();
      for (const { key } of map.items) {
        if (!isScalar(key)) continue;
        if (seen.has(key.value)) {
          isUnique = false;
          fault(context, placeOf(key, context), 'yaml-syntax', 'this key stands twice here');
        }
        seen.add(key.value);
      }
    },
  });
  return isUnique;
}
