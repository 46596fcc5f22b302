// A Ruleset as iptables-save prints it.
import type { Chain, Counters, Ruleset, Table } from './ruleset.ts';
import { restorableText, restorableWord } from './saved-words.ts';

/**
 * The lines without counters: what is compared, shown and promised. A rule whose comment has line
 * breaks makes several.
 */
export function comparableLines(ruleset: Ruleset): string[] {
  const lines = ruleset.tables.flatMap((table) => tableLines(table, withoutCounters));
  return lines.flatMap((line) => (line.includes('\n') ? line.split('\n') : line));
}

/** One of the {@link comparableLines}, and where it stands. */
export interface PlacedLine {
  readonly line: string;
  readonly table: string;
  /** Null for the lines that begin and end a table. */
  readonly chain: string | null;
  /** Null for what is no rule, and behind the first line of one. */
  readonly rule: { readonly spec: string; readonly number: number } | null;
}

/** The {@link comparableLines} with their places; rules are numbered from 1 in their chains. */
export function placedLines({ tables }: Ruleset): PlacedLine[] {
  return tables.flatMap(({ name: table, chains }) => [
    { line: `*${table}`, table, chain: null, rule: null },
    ...chains.map((chain) => ({
      line: withoutCounters.header(chain),
      table,
      chain: chain.name,
      rule: null,
    })),
    ...chains.flatMap(({ name: chain, rules }) =>
      rules.flatMap(({ spec }, index) =>
        ruleLine(chain, spec)
          .split('\n')
          .map((line, nth) => ({
            ...{ line, table, chain },
            rule: nth === 0 ? { spec, number: index + 1 } : null,
          })),
      ),
    ),
    { line: 'COMMIT', table, chain: null, rule: null },
  ]);
}

/** The text with every counter that the model knows. */
export function printSave(ruleset: Ruleset): string {
  const lines = ruleset.tables.flatMap((table) => tableLines(table, withCounters));
  return lines.map((line) => `${line}\n`).join('');
}

/** The same for iptables-restore, which takes another view of quotes than iptables-save. */
export function printRestorable(ruleset: Ruleset): string {
  const style: Style = {
    ...withCounters,
    rule: (chain, spec) => ruleLine(restorableWord(chain), restorableText(spec)),
  };
  const lines = ruleset.tables.flatMap((table) => tableLines(table, style));
  return lines.map((line) => `${line}\n`).join('');
}

interface Style {
  readonly header: (chain: Chain) => string;
  readonly prefix: (counters: Counters | null) => string;
  readonly rule: (chain: string, spec: string) => string;
}

const withoutCounters: Style = {
  header: ({ name, policy }) => `:${name} ${policy}`,
  prefix: () => '',
  rule: ruleLine,
};

const withCounters: Style = {
  header: ({ name, policy, counters }) =>
    counters === null ? `:${name} ${policy}` : `:${name} ${policy} ${bracket(counters)}`,
  prefix: (counters) => (counters === null ? '' : `${bracket(counters)} `),
  rule: ruleLine,
};

export function bracket({ packets, bytes }: Counters): string {
  return `[${packets}:${bytes}]`;
}

/** `-A CHAIN SPEC` */
export function ruleLine(chain: string, spec: string): string {
  return spec === '' ? `-A ${chain}` : `-A ${chain} ${spec}`;
}

function tableLines({ name, chains }: Table, style: Style): string[] {
  return [
    `*${name}`,
    ...chains.map(style.header),
    ...chains.flatMap((chain) =>
      chain.rules.map(
        (rule) => `${style.prefix(rule.counters)}${style.rule(chain.name, rule.spec)}`,
      ),
    ),
    'COMMIT',
  ];
}
