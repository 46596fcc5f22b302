// A snapshot's text, in either of its two forms, to a Snapshot.
import type { Report } from '../diagnostic/diagnostic.ts';
import type { Source } from '../diagnostic/source.ts';
import { readInspect } from './inspect.ts';
import { at, complain, parseJson } from './json.ts';
import { readNatmapSnapshot, snapshotSchema } from './natmap-snapshot.ts';
import type { Snapshot } from './snapshot.ts';

/** Reads `natmap.snapshot/v1` or the plain output of `docker inspect`, and reports what it cannot use. */
export function readSnapshot(source: Source, report: Report): Snapshot {
  const nothing: Snapshot = { containers: [], networks: [] };
  const root = parseJson(source, report);
  if (root === null) return nothing;
  if (Array.isArray(root.value)) return readInspect(root);
  if (at(root, 'schema').value === snapshotSchema) return readNatmapSnapshot(root);
  complain(root, `is neither ${snapshotSchema} nor the list that docker inspect prints`);
  return nothing;
}
