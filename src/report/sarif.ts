// Diagnostics as SARIF 2.1.0 (OASIS), which code scanning services read.

import { isAbsolute } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Diagnostic, hintOf } from '../diagnostic/diagnostic.ts';
import { diagnosticCodes, reference } from '../diagnostic/reference.ts';
import { humanRange, type Place } from '../diagnostic/source.ts';
import { visible, visibleJson } from '../diagnostic/visible.ts';

/** @param version natmap's own */
export function formatSarif(diagnostics: readonly Diagnostic[], version: string): string {
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'natmap', version, rules: diagnosticCodes.map(toRule) } },
        columnKind: 'utf16CodeUnits',
        results: diagnostics.map(toResult),
      },
    ],
  };
  return visibleJson(log);
}

function toRule(code: Diagnostic['code']) {
  const { severity, says, advice } = reference[code];
  return {
    id: code,
    shortDescription: { text: literal(says) },
    help: { text: literal(`${says} ${advice}`), markdown: `${says}\n\n${advice}` },
    defaultConfiguration: { level: severity },
  };
}

function toResult(diagnostic: Diagnostic) {
  const { code, severity, message, at, related = [] } = diagnostic;
  return {
    ruleId: code,
    ruleIndex: diagnosticCodes.indexOf(code),
    level: severity,
    message: { text: literal(`${message}\nhint: ${hintOf(diagnostic)}`) },
    locations: at === null ? [] : [{ physicalLocation: toLocation(at) }],
    relatedLocations: related.map((other, id) => ({
      id,
      physicalLocation: toLocation(other.at),
      message: { text: literal(other.message) },
    })),
  };
}

function toLocation(place: Place) {
  const { file, line, column, endLine, endColumn } = humanRange(place);
  const start = { startLine: line, startColumn: column };
  const isEmpty = place.length === 0;
  return {
    artifactLocation: toArtifact(file),
    region: isEmpty ? start : { ...start, endLine, endColumn },
  };
}

/** A relative path counts from the root of what is analysed, which the reader knows. */
function toArtifact(file: string) {
  if (isAbsolute(file)) return { uri: pathToFileURL(file).href };
  const uri = file.toWellFormed().split('/').map(encodeURIComponent).join('/');
  return { uri, uriBaseId: '%SRCROOT%' };
}

/** Text in which nothing is a placeholder or a link: sections 3.11.5 and 3.11.6. */
function literal(text: string): string {
  return text
    .split('\n')
    .map(visible)
    .join('\n')
    .replace(/[{}]/g, '$&$&')
    .replace(/\[(?=[^\]]*\]\()/g, '\\[');
}
