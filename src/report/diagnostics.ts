// Diagnostics as text for people: `file:line:column: severity: message`, the line, a caret, a hint.
import { type Diagnostic, hintOf } from '../diagnostic/diagnostic.ts';
import { formatPlace, humanPlace, type Place } from '../diagnostic/source.ts';
import { visible } from '../diagnostic/visible.ts';
import type { Style } from './style.ts';
import { indent, wrapIndented } from './width.ts';

/** Columns of a quoted line that are shown around the caret. */
const window = 120;

/** @param width columns of the terminal; null where there is none, and nothing is wrapped */
export function formatDiagnostic(
  diagnostic: Diagnostic,
  style: Style,
  width: number | null = null,
): string {
  const { severity, message, at, related = [], code } = diagnostic;
  const paint = severity === 'error' ? 'red' : 'yellow';
  const place = at === null ? '' : `${style('bold', visible(formatPlace(at)))}: `;
  return [
    `${place}${style(paint, severity)}: ${visible(message)} ${style('dim', `[${code}]`)}`,
    ...(at === null ? [] : quoteLine(at, style)),
    formatAside('hint', hintOf(diagnostic), style, width),
    ...related.map((other) => `    ${visible(formatPlace(other.at))}: ${visible(other.message)}`),
  ].join('\n');
}

/** What else there is to say, under what was said: prose, which may be wrapped. */
export function formatAside(
  label: string,
  text: string,
  style: Style,
  width: number | null,
): string {
  const lines = wrapIndented(`${label}: ${visible(text)}`, width);
  const said = lines.map((line) => `${indent}${line}`).join('\n');
  return said.replace(label, () => style('cyan', label));
}

/** `2 errors, 1 warning`, or null when there is nothing to count. */
export function countDiagnostics(diagnostics: readonly Diagnostic[]): string | null {
  const count = (severity: Diagnostic['severity']) =>
    diagnostics.filter((diagnostic) => diagnostic.severity === severity).length;
  const parts = [plural(count('error'), 'error'), plural(count('warning'), 'warning')];
  const said = parts.filter((part) => !part.startsWith('0 '));
  return said.length === 0 ? null : said.join(', ');
}

export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function quoteLine(at: Place, style: Style): string[] {
  const { line, column, lineText } = humanPlace(at);
  if (lineText.trim() === '') return [];
  const from = column - 1 > window - 20 ? column - 1 - window / 2 : 0;
  const shown = lineText.slice(from, from + window).replace(/\t/g, ' ');
  const before = visible(shown.slice(0, column - 1 - from));
  const width = Math.max(1, Math.min(at.length, shown.length - (column - 1 - from)));
  const gutter = `${line} | `.padStart(8);
  const caret = style('red', '^'.repeat(width));
  return [`${gutter}${visible(shown)}`, `${' '.repeat(gutter.length + before.length)}${caret}`];
}
