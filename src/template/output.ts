// What templates print, checked: rules for natmap's own chains, in canonical form, and nothing else.

import { type AppendedRule, readAppend } from '../iptables/append.ts';
import { isWantedTable, type WantedTable, wantedTables } from '../iptables/wanted.ts';
import { splitWords } from '../iptables/words.ts';
import type { Family } from '../net/family.ts';

export interface PrintedRule extends AppendedRule {
  readonly table: WantedTable;
}

export interface PrintedProblem {
  readonly line: string;
  readonly problem: string;
}

/**
 * Reads the output of one rendering: `*mangle`, `*filter` and `*nat` say where the `-A CHAIN …` lines below
 * them belong; `#` lines, COMMIT and empty lines carry nothing.
 */
export function readOutput(
  text: string,
  family: Family,
): { rules: PrintedRule[]; problems: PrintedProblem[] } {
  const rules: PrintedRule[] = [];
  const problems: PrintedProblem[] = [];
  let table: WantedTable | null = null;
  for (const line of text.split('\n').map((each) => each.trim())) {
    if (line === '' || line.startsWith('#') || line === 'COMMIT') continue;
    const header = line.startsWith('*') ? line.slice(1) : '';
    if (isWantedTable(header)) {
      table = header;
      continue;
    }
    const read = readLine(line, table, family);
    if (typeof read === 'string') problems.push({ line, problem: read });
    else rules.push(...read);
  }
  return { rules, problems };
}

function readLine(line: string, table: WantedTable | null, family: Family): PrintedRule[] | string {
  const split = splitWords(line);
  if (!split.ok) return split.problem;
  const [command, ...words] = split.words;
  if (command !== '-A' && command !== '--append') {
    return `a template prints "-A CHAIN …" lines below ${headers}, and nothing else`;
  }
  if (table === null) return `a table (${headers}) has to stand before it`;
  const rules = readAppend(words, family);
  return typeof rules === 'string' ? rules : rules.map((rule) => ({ table, ...rule }));
}

const headers = wantedTables.map((table) => `"*${table}"`).join(', ');
