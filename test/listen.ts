/** Collects what a stage reports. */
import type { Diagnostic, Report } from '../src/diagnostic/diagnostic.ts';
import { formatPlace } from '../src/diagnostic/source.ts';

export function listen() {
  const diagnostics: Diagnostic[] = [];
  const report: Report = (diagnostic) => void diagnostics.push(diagnostic);
  /** Each fault as `file:line:column code: message`. */
  const said = () =>
    diagnostics.map(({ at, code, message }) => {
      const place = at === null ? '' : `${formatPlace(at)} `;
      return `${place}${code}: ${message}`;
    });
  return { report, diagnostics, said };
}
