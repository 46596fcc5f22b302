// Edits as the text for `iptables-restore --noflush --counters`.
//
// Facts of iptables that this stands on (contract, section 9): a table is one transaction; a
// header empties a user's chain and sets a built-in chain's policy, so only our chains get one.
import { Fault } from '../diagnostic/fault.ts';
import { bracket } from '../iptables/print.ts';
import type { Rule } from '../iptables/ruleset.ts';
import { restorableText, restorableWord } from '../iptables/saved-words.ts';
import { longestLine } from '../iptables/words.ts';
import type { Operation, TableEdit } from './operation.ts';

export function printPayload(edits: readonly TableEdit[]): string {
  return edits.map(printTable).join('');
}

function printTable({ table, operations }: TableEdit): string {
  const fills = operations.filter(({ kind }) => kind === 'fill');
  const removed = operations.filter(({ kind }) => kind === 'remove-chain');
  const emptied = operations.filter(({ kind }) => kind === 'remove-empty-chain');
  const lines = [
    `*${table}`,
    ...fills.map(({ chain }) => `:${chain} - [0:0]`),
    ...operations
      .filter(({ kind }) => kind === 'new-chain')
      .map(({ chain }) => `-N ${restorableWord(chain)}`),
    ...operations.flatMap(deletion),
    // One removed chain may lead to another: all are emptied before the first goes.
    ...removed.map(({ chain }) => `-F ${restorableWord(chain)}`),
    ...[...emptied, ...removed].map(({ chain }) => `-X ${restorableWord(chain)}`),
    ...operations.flatMap(insertion),
    ...operations.flatMap(filling),
    'COMMIT',
  ];
  // iptables-restore would read such a line as two, and the second may be anything.
  const broken = lines.find((line) => /[\r\n]/.test(line) || Buffer.byteLength(line) > longestLine);
  if (broken !== undefined) throw new UnprintableRule(broken);
  return lines.map((line) => `${line}\n`).join('');
}

/** The rule that a line of a payload adds to a chain, in the words of the payload, or null. */
export function addedRule(line: string): { readonly chain: string; readonly spec: string } | null {
  const parts = /^(?:\[\d+:\d+\] )?-(?:A ([^ ]+)|I ([^ ]+) \d+)(?: (.*))?$/s.exec(line);
  const chain = parts?.[1] ?? parts?.[2];
  return chain === undefined ? null : { chain, spec: parts?.[3] ?? '' };
}

/** A rule of natmap's that no payload can name. */
export class UnprintableRule extends Fault {
  override readonly name = 'UnprintableRule';
  constructor(line: string) {
    const reason = /[\r\n]/.test(line)
      ? 'holds a line break'
      : `takes more than ${longestLine} bytes`;
    super(
      `a live rule ${reason}, and has to be removed by hand: ${JSON.stringify(line)}`,
      'iptables -t TABLE -S CHAIN shows it, and iptables -t TABLE -D CHAIN NUMBER removes it',
    );
  }
}

function deletion(operation: Operation): string[] {
  const { kind, chain } = operation;
  if (kind === 'delete') return [command('-D', chain, restorableText(operation.spec))];
  return kind === 'delete-at' ? [command('-D', chain, String(operation.index + 1))] : [];
}

function insertion(operation: Operation): string[] {
  if (operation.kind !== 'insert') return [];
  const { chain, index, rule } = operation;
  const place = `${index + 1} ${restorableText(rule.spec)}`;
  return [counted(rule, command('-I', chain, place))];
}

function filling(operation: Operation): string[] {
  if (operation.kind !== 'fill') return [];
  const { chain, rules } = operation;
  return rules.map((rule) => counted(rule, command('-A', chain, restorableText(rule.spec))));
}

function command(name: '-A' | '-D' | '-I', chain: string, rest: string): string {
  return `${name} ${restorableWord(chain)}${rest === '' ? '' : ` ${rest}`}`;
}

/** The line that adds a rule, with what the rule has counted so far. */
function counted({ counters }: Rule, line: string): string {
  return counters === null ? line : `${bracket(counters)} ${line}`;
}
