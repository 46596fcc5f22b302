// Every diagnostic that natmap knows, by its stable code: the one source of docs/diagnostics.md, of the
// rules in SARIF, and of the hint where a place has none of its own.
import type { ReferenceEntry } from './reference/entry.ts';
import { folderEntries } from './reference/folders.ts';
import { mappingEntries } from './reference/mappings.ts';
import { rulesFileEntries } from './reference/rules-files.ts';
import { snapshotEntries } from './reference/snapshots.ts';
import { templateEntries } from './reference/templates.ts';

export type { ReferenceEntry };

const entries = {
  ...rulesFileEntries,
  ...mappingEntries,
  ...folderEntries,
  ...snapshotEntries,
  ...templateEntries,
};

/** Stable names of what can be wrong. */
export type DiagnosticCode = keyof typeof entries;

export const reference: Readonly<Record<DiagnosticCode, ReferenceEntry>> = entries;

export const diagnosticCodes = Object.keys(entries) as readonly DiagnosticCode[];

/** What would be right, as a hint: `write the value out`. */
export function adviceOn(code: DiagnosticCode): string {
  const { advice } = reference[code];
  return `${advice.charAt(0).toLowerCase()}${advice.slice(1).replace(/\.$/, '')}`;
}
