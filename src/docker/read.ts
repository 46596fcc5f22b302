// A snapshot's text, in either of its two forms, to a Snapshot.
import type { Report } from '../diagnostic/diagnostic.ts';
import type { Source } from '../diagnostic/source.ts';
import { readInspect } from './inspect.ts';
import { at, complain, parseJson } from './json.ts';
import { readNatmapSnapshot, snapshotSchema } from './natmap-snapshot.ts';
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
  selected: ReadonlySet<string> = new Set(),
): Snapshot {
  const root = parseJson(source, report);
  if (root === null) return emptySnapshot;
  if (Array.isArray(root.value)) return { engine: null, ...readInspect(root, selected) };
  if (at(root, 'schema').value === snapshotSchema) return readNatmapSnapshot(root, selected);
  complain(root, `is neither ${snapshotSchema} nor the list that docker inspect prints`);
  return emptySnapshot;
}
