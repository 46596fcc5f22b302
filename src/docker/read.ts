// A snapshot's text, in either of its two forms, to a Snapshot.
import type { Report } from '../diagnostic/diagnostic.ts';
import type { Source } from '../diagnostic/source.ts';
import { readInspect } from './inspect.ts';
import { at, type Cursor, complain } from './json.ts';
import { noLabels } from './labels.ts';
import { readNatmapSnapshot, snapshotSchema } from './natmap-snapshot.ts';
import { inOrder } from './order.ts';
import { parseJson } from './parse.ts';
import type { Snapshot } from './snapshot.ts';

/** A snapshot without anything in it. */
export const emptySnapshot: Snapshot = { engine: null, containers: [], networks: [] };

/**
 * Reads `natmap.snapshot/v1` or the plain output of `docker inspect`, and reports what it cannot use.
 *
 * @param selected the labels that rules select containers by: they are kept too
 */
export function readSnapshot(
  source: Source,
  report: Report,
  selected: ReadonlySet<string> = noLabels,
): Snapshot {
  const root = parseJson(source, report);
  if (root === null) return emptySnapshot;
  const snapshot = inOrder(readEither(root, selected));
  complainOfSharedNames(snapshot, root);
  return snapshot;
}

function readEither(root: Cursor, selected: ReadonlySet<string>): Snapshot {
  if (Array.isArray(root.value)) return { engine: null, ...readInspect(root, selected) };
  const schema = at(root, 'schema');
  if (schema.value === snapshotSchema) return readNatmapSnapshot(root, selected);
  if (typeof schema.value === 'string' && /^natmap\.snapshot\/v\d{1,4}$/.test(schema.value)) {
    const advice = `this natmap reads ${snapshotSchema}: take it again with natmap snapshot`;
    complain(schema, `is ${schema.value}, of another version of natmap; ${advice}`);
    return emptySnapshot;
  }
  complain(root, `is neither ${snapshotSchema} nor the list that docker inspect prints`);
  return emptySnapshot;
}

/** An engine gives a name once; two files put together may have it twice, and one of the two is stale. */
function complainOfSharedNames({ containers }: Snapshot, root: Cursor): void {
  for (const [index, { name }] of containers.entries()) {
    if (containers[index - 1]?.name !== name) continue;
    complain(root, `has two containers of the name ${name}, which are not of one moment`);
  }
}
