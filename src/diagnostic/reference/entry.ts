// One row of the reference of diagnostics.

export interface ReferenceEntry {
  readonly severity: 'error' | 'warning';
  /** Lint, which the other commands keep quiet about. */
  readonly only?: 'check';
  /** What the code stands for, in Markdown. */
  readonly says: string;
  /** What would be right, in Markdown. */
  readonly advice: string;
}

export type ReferenceEntries = Readonly<Record<string, ReferenceEntry>>;
