// How this stage says no to an entry.
import type { DiagnosticCode, Report } from '../diagnostic/diagnostic.ts';
import type { Located } from '../diagnostic/source.ts';

/** Reports an error at the value that is to blame. */
export function refuse(
  report: Report,
  { at }: Located<string>,
  code: DiagnosticCode,
  message: string,
  hint?: string,
): null {
  report({ code, severity: 'error', message, at, ...(hint === undefined ? {} : { hint }) });
  return null;
}
