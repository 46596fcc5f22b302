// iptables-save text to a Ruleset.
import type { Family } from '../net/family.ts';
import { printerOf } from './printer.ts';
import {
  type Chain,
  type Counters,
  type Rule,
  type Ruleset,
  type Table,
  type TableNote,
  tableNames,
} from './ruleset.ts';
import { scanSaved } from './saved-words.ts';
import { chainTwice, hiddenTable, isAlwaysEdited, readNote } from './table-notes.ts';

export type Parsed =
  | { readonly ok: true; readonly ruleset: Ruleset }
  | { readonly ok: false; readonly line: number; readonly problem: string };

interface OpenTable {
  readonly name: string;
  readonly chains: Map<string, OpenChain>;
}

interface OpenChain {
  readonly policy: string;
  readonly counters: Counters | null;
  readonly rules: Rule[];
}

/**
 * Reads what iptables-save prints. Of `#` lines only those count that name the program or what it leaves
 * out. Everything that is not understood is a problem: a rule that went unseen could not be kept.
 *
 * @returns the rule set, or the 1-based line at fault and why
 */
export function parseSave(text: string, family: Family): Parsed {
  const tables: Table[] = [];
  const notes: TableNote[] = [];
  let open: OpenTable | null = null;
  let number = 0;
  for (const line of logicalLines(text)) {
    number += line.split('\n').length;
    if (line.startsWith('#')) {
      const note = readNote(line);
      if (note === null) continue;
      if (note.kind === 'incompatible' && isAlwaysEdited(note.table)) {
        return { ok: false, line: number, problem: hiddenTable(note.table, family) };
      }
      notes.push(note);
    }
    if (line === '' || line.startsWith('#')) continue;
    const problem: string | null = readLine(line, open, tables, family);
    if (problem !== null) return { ok: false, line: number, problem };
    if (line.startsWith('*')) open = { name: line.slice(1), chains: new Map() };
    else if (line === 'COMMIT') open = null;
  }
  if (open !== null)
    return { ok: false, line: number, problem: `table ${open.name} has no COMMIT` };
  const printer = printerOf(text, tables);
  const known = {
    ...(printer === null ? {} : { printer }),
    ...(notes.length > 0 ? { notes } : {}),
  };
  return { ok: true, ruleset: { family, tables, ...known } };
}

/** iptables-save prints a line break within a quoted text as it is: such a rule takes several lines. */
function logicalLines(text: string): readonly string[] {
  const lines = text.split('\n');
  if (!lines.some(isOpenQuoted)) return lines;
  const joined: string[] = [];
  let pending: string | null = null;
  for (const line of lines) {
    const whole: string = pending === null ? line : `${pending}\n${line}`;
    pending = isOpenQuoted(whole) ? whole : null;
    if (pending === null) joined.push(whole);
  }
  return pending === null ? joined : [...joined, pending];
}

function isOpenQuoted(line: string): boolean {
  if (!line.includes('"') || closedComment.test(line)) return false;
  return /^(?:\[\d+:\d+\] )?-A /.test(line) && scanSaved(line).isOpen;
}

/** Nearly every rule with quotes: one comment, and no other quote before or behind it. */
const closedComment = /^[^"]* --comment "(?:[^"\\]|\\.)*"[^"]*$/s;

/** @returns why the line cannot stand here, or null after having added it */
function readLine(
  line: string,
  open: OpenTable | null,
  tables: Table[],
  family: Family,
): string | null {
  if (line.startsWith('*')) {
    if (open !== null) return `table ${open.name} has no COMMIT`;
    const name = line.slice(1);
    if (!(tableNames as readonly string[]).includes(name)) return `unknown table ${name}`;
    return tables.some((table) => table.name === name) ? `table ${name} stands twice` : null;
  }
  if (open === null) return ofOtherCommand(line) ?? 'this stands outside of any table';
  if (line.startsWith(':')) return readChain(line, open, family);
  if (line === 'COMMIT') {
    tables.push(close(open));
    return null;
  }
  return readRule(line, open);
}

/** What is taken for the output of iptables-save most often. */
const otherCommands = [
  { command: 'iptables -S', first: /^-[PN] \S+/ },
  { command: 'iptables -L', first: /^Chain \S+ \(/ },
  { command: 'nft list ruleset', first: /^table (?:ip6?|inet|arp|bridge|netdev) \S+ \{/ },
];

function ofOtherCommand(line: string): string | null {
  const other = otherCommands.find(({ first }) => first.test(line));
  return other === undefined
    ? null
    : `this is output of ${other.command}, and output of iptables-save is expected`;
}

function readChain(line: string, open: OpenTable, family: Family): string | null {
  const match = /^:([^ ]+) ([^ ]+)(?: \[(\d+):(\d+)\])?$/.exec(line);
  const [, name, policy] = match ?? [];
  if (name === undefined || policy === undefined) return 'this is no chain header';
  if (open.chains.has(name)) return chainTwice(open.name, name, family);
  open.chains.set(name, { policy, counters: counters(match?.[3], match?.[4]), rules: [] });
  return null;
}

function readRule(line: string, open: OpenTable): string | null {
  const match = /^(?:\[(\d+):(\d+)\] )?-A ([^ ]+)(?: (.*?) ?)?$/s.exec(line);
  const chain = match?.[3];
  if (match === null || chain === undefined) return 'this is neither a chain nor a rule';
  const target = open.chains.get(chain);
  if (target === undefined) return `chain ${chain} has no header`;
  target.rules.push({ spec: match[4] ?? '', counters: counters(match[1], match[2]) });
  return null;
}

function counters(packets: string | undefined, bytes: string | undefined): Counters | null {
  return packets === undefined || bytes === undefined ? null : { packets, bytes };
}

function close(open: OpenTable): Table {
  const chains = [...open.chains].map(([name, chain]): Chain => ({ name, ...chain }));
  return { name: open.name, chains };
}
