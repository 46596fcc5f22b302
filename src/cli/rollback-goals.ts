// What a rollback leads to: the state before the last apply, the Nth last, or the one of a number.
import { backupOf, type HistoryEntry, isApply, readHistory } from '../apply/history.ts';
import { touches } from '../apply/record.ts';
import type { Backends, Ruleset } from '../iptables/ruleset.ts';
import { type Family, families } from '../net/family.ts';
import { restoreGoal } from '../plan/goal.ts';
import { exitCode, Stop } from './exit.ts';
import type { Goals } from './planning.ts';

/** What leads each family back, with the backend that it was changed with. */
export interface RecordedGoals extends Goals {
  readonly backends: Partial<Backends>;
}

/**
 * @param back 1 for the state before the last apply, 2 for that before the one before it
 * @throws Stop when there is no such apply, or its record is torn
 */
export function rollbackGoals(stateDir: string, back: number): RecordedGoals {
  const { entries } = readHistory(stateDir);
  const applies = entries.filter(isApply);
  const entry = applies.at(-back);
  if (entry !== undefined) return goalsBefore(entry, entries);
  const known =
    applies.length === 0
      ? 'no apply is on the record'
      : `the record goes back by ${applies.length}`;
  throw new Stop(exitCode.badInput, `${known}: ${stateDir}`, 'natmap history lists them');
}

/**
 * The state before the apply of this number.
 *
 * @returns null when there is no such apply
 * @throws Stop when its record is torn
 */
export function goalsBeforeApply(stateDir: string, number: number): RecordedGoals | null {
  const { entries } = readHistory(stateDir);
  const entry = entries.find((each) => each.number === number);
  return entry === undefined ? null : goalsBefore(entry, entries);
}

function goalsBefore(entry: HistoryEntry, entries: readonly HistoryEntry[]): RecordedGoals {
  const since = entries.slice(entries.indexOf(entry));
  const firsts = firstOfEachFamily(since);
  const before = statesBefore(firsts);
  return {
    goalOf: (family) => {
      const state = before.get(family);
      return state === undefined ? null : restoreGoal(state);
    },
    isWanted: (family) => before.has(family),
    wanted: [],
    sources: [],
    backends: Object.fromEntries(
      [...firsts].map(([family, { record }]) => [family, record.backends[family]]),
    ),
  };
}

/** Of these, oldest first, the one that touched each family first: an apply may be of one family. */
function firstOfEachFamily(entries: readonly HistoryEntry[]): ReadonlyMap<Family, HistoryEntry> {
  const firsts = new Map<Family, HistoryEntry>();
  for (const family of families) {
    const entry = entries.find(({ record }) => touches(record, family));
    if (entry !== undefined) firsts.set(family, entry);
  }
  return firsts;
}

function statesBefore(firsts: ReadonlyMap<Family, HistoryEntry>): ReadonlyMap<Family, Ruleset> {
  const states = new Map<Family, Ruleset>();
  for (const [family, entry] of firsts) {
    const state = mustBackup(entry).find((ruleset) => ruleset.family === family);
    if (state !== undefined) states.set(family, state);
  }
  return states;
}

function mustBackup(entry: HistoryEntry): readonly Ruleset[] {
  const backup = backupOf(entry);
  if (backup !== null) return backup;
  const message = `the record of apply ${entry.number} is torn: ${entry.path}`;
  throw new Stop(exitCode.badInput, message, 'see natmap history for others');
}
