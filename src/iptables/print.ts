// A Ruleset as iptables-save prints it.
import type { Chain, Counters, Ruleset, Table } from './ruleset.ts';

/**
 * The lines without counters: what is compared, shown and promised. A rule whose comment has line
 * breaks makes several.
 */
export function comparableLines(ruleset: Ruleset): string[] {
  const lines = ruleset.tables.flatMap((table) => tableLines(table, withoutCounters));
  return lines.flatMap((line) => (line.includes('\n') ? line.split('\n') : line));
}

/** The text with every counter that the model knows. */
export function printSave(ruleset: Ruleset): string {
  const lines = ruleset.tables.flatMap((table) => tableLines(table, withCounters));
  return lines.map((line) => `${line}\n`).join('');
}

interface Style {
  readonly header: (chain: Chain) => string;
  readonly prefix: (counters: Counters | null) => string;
}

const withoutCounters: Style = {
  header: ({ name, policy }) => `:${name} ${policy}`,
  prefix: () => '',
};

const withCounters: Style = {
  header: ({ name, policy, counters }) =>
    counters === null ? `:${name} ${policy}` : `:${name} ${policy} ${bracket(counters)}`,
  prefix: (counters) => (counters === null ? '' : `${bracket(counters)} `),
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
      chain.rules.map((rule) => `${style.prefix(rule.counters)}${ruleLine(chain.name, rule.spec)}`),
    ),
    'COMMIT',
  ];
}
