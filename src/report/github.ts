// Diagnostics as GitHub's workflow commands, which become annotations of the lines at fault.
// Syntax and escapes: docs.github.com, "Workflow commands"; actions/toolkit, core/src/command.ts.
import { type Diagnostic, hintOf } from '../diagnostic/diagnostic.ts';
import { formatPlace, humanRange } from '../diagnostic/source.ts';
import { visible } from '../diagnostic/visible.ts';
import { countDiagnostics } from './diagnostics.ts';

/** GitHub shows ten annotations of a step and drops the others without a word. */
const shown = 10;

/** Errors first; a last line counts what is left out. */
export function formatGithub(diagnostics: readonly Diagnostic[]): string {
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  const warnings = diagnostics.filter(({ severity }) => severity === 'warning');
  const sorted = [...errors, ...warnings];
  const rest = countDiagnostics(sorted.slice(shown));
  return [
    ...sorted.slice(0, shown).map(annotation),
    ...(rest === null ? [] : [`and ${rest} more: natmap check shows all`]),
  ]
    .map((line) => `${line}\n`)
    .join('');
}

function annotation(diagnostic: Diagnostic): string {
  const { severity, message, related = [], code } = diagnostic;
  const text = [
    message,
    `hint: ${hintOf(diagnostic)}`,
    ...related.map((other) => `${formatPlace(other.at)}: ${other.message}`),
  ];
  const properties = [...placeProperties(diagnostic), `title=${code}`].join(',');
  return `::${severity} ${properties}::${escapeMessage(text.map(visible).join('\n'))}`;
}

function placeProperties({ at }: Diagnostic): string[] {
  if (at === null) return [];
  const { file, line, column, endLine, endColumn } = humanRange(at);
  const start = [`file=${escapeProperty(visible(file))}`, `line=${line}`, `col=${column}`];
  // GitHub refuses columns of a range of several lines.
  return endLine === line && endColumn > column ? [...start, `endColumn=${endColumn}`] : start;
}

function escapeMessage(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeMessage(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
