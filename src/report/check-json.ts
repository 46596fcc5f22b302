// What `natmap check` found, as JSON: schema/natmap.check.v1.schema.json.

import { type Diagnostic, hintOf } from '../diagnostic/diagnostic.ts';
import { humanRange } from '../diagnostic/source.ts';
import { visibleJson } from '../diagnostic/visible.ts';

/** What was compiled, as far as the errors let it come. */
export interface CheckCounts {
  readonly mappings: number;
  readonly rules: number;
}

export function checkJson(diagnostics: readonly Diagnostic[], counts: CheckCounts): string {
  const count = (severity: Diagnostic['severity']) =>
    diagnostics.filter((diagnostic) => diagnostic.severity === severity).length;
  const content = {
    schema: 'natmap.check/v1',
    errors: count('error'),
    warnings: count('warning'),
    ...counts,
    diagnostics: diagnostics.map(toJson),
  };
  return visibleJson(content);
}

function toJson(diagnostic: Diagnostic) {
  const { code, severity, message, at, related = [] } = diagnostic;
  return {
    code,
    severity,
    message,
    hint: hintOf(diagnostic),
    at: at === null ? null : humanRange(at),
    related: related.map((other) => ({ message: other.message, at: humanRange(other.at) })),
  };
}
