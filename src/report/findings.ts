// What doctor found, for people and as JSON.
import { humanPlace } from '../diagnostic/source.ts';
import { visible, visibleJson } from '../diagnostic/visible.ts';
import type { Unread } from '../doctor/facts.ts';
import type { Affected, Finding, Severity } from '../doctor/finding.ts';
import { formatAside, plural } from './diagnostics.ts';
import type { Paint, Style } from './style.ts';
import { indent, wrapIndented } from './width.ts';

/** Rules, and places of mappings, that are shown of a finding; JSON has all. */
const shown = 3;

/**
 * What is so, why it matters, for which mappings, and the commands, each on a line of its own.
 *
 * @param width columns of the terminal; null where there is none, and nothing is wrapped
 */
export function formatFinding(finding: Finding, style: Style, width: number | null = null): string {
  const { severity, code, message, reason, rules, commands, note } = finding;
  const said = [
    `${style(paints[severity], severity)}: ${visible(message)} ${style('dim', `[${code}]`)}`,
    ...wrapIndented(visible(reason), width),
    ...ruleLines(rules).map((rule) => style('dim', visible(rule))),
    ...affectedLines(finding.affected).map(visible),
    ...commands.map((command) => style('cyan', visible(command))),
  ].join(`\n${indent}`);
  return note === null ? said : `${said}\n${formatAside('note', note, style, width)}`;
}

const paints: Readonly<Record<Severity, Paint>> = { error: 'red', warning: 'yellow', note: 'cyan' };

/** `not examined: the live IPv4 rules: reading them needs root` */
export function formatUnread({ what, reason }: Unread, style: Style): string {
  const [line = ''] = reason.split('\n');
  return `${style('yellow', 'not examined')}: ${what}: ${visible(line)}`;
}

/** `2 errors, 1 warning, 1 note` */
export function countFindings(findings: readonly Finding[]): string {
  return Object.keys(paints)
    .map((severity) => ({ severity, those: findings.filter((one) => one.severity === severity) }))
    .filter(({ those }) => those.length > 0)
    .map(({ severity, those }) => plural(those.length, severity))
    .join(', ');
}

/** The schema `natmap.doctor/v1`: docs/doctor.md. */
export function findingsAsJson(findings: readonly Finding[], unread: readonly Unread[]): string {
  const value = {
    schema: 'natmap.doctor/v1',
    findings: findings.map(({ affected, ...finding }) => ({
      code: finding.code,
      severity: finding.severity,
      message: finding.message,
      reason: finding.reason,
      rules: finding.rules,
      mappings: affected.map(mappingAsJson),
      commands: finding.commands,
      note: finding.note,
    })),
    unread,
  };
  return visibleJson(value);
}

function mappingAsJson({ mapping, at }: Affected) {
  const { file, line, column } = humanPlace(at);
  return { mapping, file, line, column };
}

function ruleLines(rules: readonly string[]): readonly string[] {
  const more = rules.length - shown;
  return more > 0 ? [...rules.slice(0, shown), `and ${plural(more, 'more rule')}`] : rules;
}

/** A line for each place: one entry may make many mappings. */
function affectedLines(affected: readonly Affected[]): readonly string[] {
  const byPlace = new Map<string, string[]>();
  for (const { mapping, at } of affected) {
    const { file, line } = humanPlace(at);
    const place = `${file}:${line}`;
    const mappings = byPlace.get(place);
    if (mappings === undefined) byPlace.set(place, [mapping]);
    else mappings.push(mapping);
  }
  const places = [...byPlace];
  const others = places.slice(shown).reduce((sum, [, mappings]) => sum + mappings.length, 0);
  const lines = places.slice(0, shown).map(([place, [first = '', ...rest]]) => {
    const more = rest.length === 0 ? '' : `, and ${rest.length} more`;
    return `${place}: ${first}${more}`;
  });
  return others > 0 ? [...lines, `and ${plural(others, 'more mapping')}`] : lines;
}
