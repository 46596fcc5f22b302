// What nftables holds in the tables of iptables, beside what iptables-save prints.
import { type NftTableName, readFlaggedTables } from '../host/nft-tables.ts';
import type { Run } from '../host/program.ts';
import type { Ruleset } from '../iptables/ruleset.ts';
import { hiddenTable, listTable, nftFamilies, summaryOf } from '../iptables/table-notes.ts';
import { isWantedTable } from '../iptables/wanted.ts';
import type { Family } from '../net/family.ts';
import type { Goal } from '../plan/goal.ts';
import type { Console } from './console.ts';
import { exitCode, Stop } from './exit.ts';
import { type LiveOptions, liveFile } from './options.ts';

/** Warns of all that is known of the tables: natmap edits them and cannot vouch for what packets meet. */
export async function warnOfNotes(
  lives: readonly Ruleset[],
  options: LiveOptions,
  run: Run,
  console: Console,
): Promise<void> {
  const isAsked = lives.some(
    ({ family, printer }) =>
      liveFile(options, family) === undefined && printer?.backend !== 'legacy',
  );
  // Where nft could not be asked, doctor reports it.
  const answer = isAsked ? await readFlaggedTables(run) : null;
  const flagged = answer?.ok === true ? answer.tables : [];
  for (const live of lives) {
    const ofHost = liveFile(options, live.family) === undefined ? flagged : [];
    const notes = [
      ...(live.notes ?? []),
      ...flagsOf(ofHost, live.family).map((table) => ({ kind: 'flagged', table }) as const),
    ];
    for (const note of notes) {
      const list = listTable(note.table, live.family);
      console.say(`warning: ${live.family}: ${summaryOf(note)}: ${list}`);
    }
  }
}

/** Those of the tables that natmap's rules stand in. */
export function flagsOf(tables: readonly NftTableName[], family: Family): readonly string[] {
  return tables
    .filter((table) => table.family === nftFamilies[family] && isWantedTable(table.name))
    .map(({ name }) => name);
}

/** @throws Stop when the goal edits a table that iptables cannot show */
export function rejectHidden({ family, notes = [] }: Ruleset, { tables }: Goal): void {
  const hidden = notes.find(({ kind, table }) => kind === 'incompatible' && tables.includes(table));
  if (hidden === undefined) return;
  const message = `${family}: ${hiddenTable(hidden.table, family)}`;
  throw new Stop(exitCode.badInput, message, 'move these rules to a table of their own');
}
