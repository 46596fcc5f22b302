// The one type of error for people: collected through every pure stage, printed at the edge.
import { clip } from './clip.ts';
import { adviceOn, type DiagnosticCode } from './reference.ts';
import type { Place } from './source.ts';

export type { DiagnosticCode };

export interface Diagnostic {
  readonly code: DiagnosticCode;
  readonly severity: 'error' | 'warning';
  readonly message: string;
  /** Null where no text is to blame, as for an empty folder. */
  readonly at: Place | null;
  /** What would be right here; without it, what is right in general: {@link hintOf}. */
  readonly hint?: string;
  /** Other places that take part, such as the first of two conflicting entries. */
  readonly related?: readonly { readonly message: string; readonly at: Place }[];
}

/** Collects diagnostics; every stage that can find fault takes one. */
export type Report = (diagnostic: Diagnostic) => void;

/** Characters of a message or a hint that anybody reads. */
const longest = 1000;

/** Errors that anybody reads: a file of 100,000 empty entries has several in each. */
const mostErrors = 1000;

/**
 * A report that adds to the list, of what is too long to be read the beginning. Errors above a
 * thousand are counted.
 */
export function collectIn(diagnostics: Diagnostic[]): Report {
  let errors = 0;
  let closing = -1;
  return ({ hint, ...diagnostic }) => {
    if (diagnostic.severity === 'error') errors += 1;
    if (diagnostic.severity === 'error' && errors > mostErrors) {
      if (closing < 0) closing = diagnostics.length;
      diagnostics[closing] = uncounted(errors - mostErrors);
      return;
    }
    const message = clip(diagnostic.message, longest);
    diagnostics.push({
      ...diagnostic,
      message,
      ...(hint !== undefined && { hint: clip(hint, longest) }),
    });
  };
}

function uncounted(more: number): Diagnostic {
  const message = `errors that are not shown: ${more}`;
  return { code: 'too-many-errors', severity: 'error', message, at: null };
}

export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some((diagnostic) => diagnostic.severity === 'error');
}

/** What would be right: every diagnostic ends with it. */
export function hintOf({ hint, code }: Diagnostic): string {
  return hint ?? adviceOn(code);
}
