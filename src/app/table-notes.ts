// What nftables holds in the tables of iptables, beside what iptables-save prints.
import { type NftTableName, readBaseChains, readFlaggedTables } from '../host/nft-tables.ts';
import type { Run } from '../host/program.ts';
import { findChain, findTable, type Ruleset, type TableNote } from '../iptables/ruleset.ts';
import {
  hiddenTable,
  isOfIptables,
  listTable,
  nftFamilies,
  summaryOf,
} from '../iptables/table-notes.ts';
import { isJumpedFrom, isWantedTable } from '../iptables/wanted.ts';
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
    for (const note of notes.filter(({ kind }) => kind !== 'name-taken')) {
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

/**
 * The rules of this host, with a note of each chain that natmap jumps from and whose name a base chain of
 * nft has taken. iptables-save prints such a chain as if it were empty.
 */
export async function withNamesTaken(live: Ruleset, run: Run): Promise<Ruleset> {
  const { family, notes = [] } = live;
  const tables = notes.filter(({ kind }) => kind === 'base-chains').map(({ table }) => table);
  if (!tables.some(isWantedTable)) return live;
  const chains = (await readBaseChains(run)) ?? [];
  const taken = chains
    .filter((each) => each.family === nftFamilies[family] && isJumpedFrom(each.table, each.name))
    .filter((each) => !isOfIptables(each.table, each.name, each))
    .map(({ table, name }): TableNote => ({ kind: 'name-taken', table, chain: name }));
  return { ...live, notes: [...notes, ...taken] };
}

/** @throws Stop when the goal edits a table that iptables cannot show, or a chain that it cannot make */
export function rejectHidden(live: Ruleset, goal: Goal): void {
  const { family, notes = [] } = live;
  for (const note of notes) {
    const list = listTable(note.table, family);
    if (note.kind === 'incompatible' && goal.tables.includes(note.table)) {
      const message = `${family}: ${hiddenTable(note.table, family)}`;
      throw new Stop(exitCode.badInput, message, 'move these rules to a table of their own');
    }
    if (note.kind === 'name-taken' && hasRules(goal, live, note)) {
      const message = `${family}: ${summaryOf(note)}: ${list}`;
      throw new Stop(
        exitCode.badInput,
        message,
        'give that chain another name, or a table of its own',
      );
    }
  }
}

function hasRules(
  goal: Goal,
  live: Ruleset,
  note: { readonly table: string; readonly chain: string },
): boolean {
  const table = findTable(live, note.table) ?? { name: note.table, chains: [] };
  const none = { name: note.chain, policy: 'ACCEPT', counters: null, rules: [] };
  return goal.foreign(table, findChain(table, note.chain) ?? none).length > 0;
}
