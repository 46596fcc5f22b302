// The one type of error for people: collected through every pure stage, printed at the edge.
import type { Place } from './source.ts';

/** Stable names of what can be wrong; each stands in docs/diagnostics.md. */
export const diagnosticCodes = [
  'yaml-syntax',
  'yaml-feature',
  'unknown-key',
  'missing-key',
  'excluded-key',
  'later-key',
  'wrong-type',
  'bad-address',
  'bad-network',
  'bad-port',
  'bad-protocol',
  'bad-interface',
  'bad-text',
  'mixed-families',
  'conflict',
  'repeat',
  'takes-published-port',
  'loopback-unreachable',
  'hairpin-hides-clients',
  'ignored-file',
  'unreadable-file',
  'no-rules',
  'no-snapshot',
  'snapshot-syntax',
  'snapshot-shape',
  'unknown-container',
  'ambiguous-container',
  'unusable-container',
  'unknown-network',
  'ambiguous-network',
  'chosen-network',
  'template-error',
  'template-unknown-name',
  'template-outside',
  'template-rule',
  'kernel-refused',
  'kernel-untried',
  'kernel-unavailable',
] as const;

export type DiagnosticCode = (typeof diagnosticCodes)[number];

export interface Diagnostic {
  readonly code: DiagnosticCode;
  readonly severity: 'error' | 'warning';
  readonly message: string;
  /** Null where no text is to blame, as for an empty folder. */
  readonly at: Place | null;
  /** What would be right. */
  readonly hint?: string;
  /** Other places that take part, such as the first of two conflicting entries. */
  readonly related?: readonly { readonly message: string; readonly at: Place }[];
}

/** Collects diagnostics; every stage that can find fault takes one. */
export type Report = (diagnostic: Diagnostic) => void;

export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some((diagnostic) => diagnostic.severity === 'error');
}
