// What a rollback leads to: the state before the last apply, the Nth last, or the one of a number.
import { backupOf, type HistoryEntry, isApply, readHistory } from '../apply/history.ts';
import { touches } from '../apply/record.ts';
import type { Ruleset, Variant } from '../iptables/ruleset.ts';
import { type Family, families } from '../net/family.ts';
import { restoreGoal } from '../plan/goal.ts';
import { exitCode, Stop } from './exit.ts';
import type { Goals } from './planning.ts';

/**
 * @param back 1 for the state before the last apply, 2 for that before the one before it
 * @throws Stop when there is no such apply, or its record is torn
 */
export function rollbackGoals(stateDir: string, back: number, variant: Variant): Goals {
  const { entries } = readHistory(stateDir);
  const applies = entries.filter(isApply);
  const entry = applies.at(-back);
  if (entry !== undefined) return goalsBefore(entry, entries, variant);
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
export function goalsBeforeApply(stateDir: string, number: number, variant: Variant): Goals | null {
  const { entries } = readHistory(stateDir);
  const entry = entries.find((each) => each.number === number);
  return entry === undefined ? null : goalsBefore(entry, entries, variant);
}

function goalsBefore(
  entry: HistoryEntry,
  entries: readonly HistoryEntry[],
  variant: Variant,
): Goals {
  const { number, record } = entry;
  if (record.variant !== variant) {
    const message = `apply ${number} was made with iptables-${record.variant}, and this is iptables-${variant}`;
    throw new Stop(exitCode.badInput, message, `use --backend ${record.variant}`);
  }
  const since = entries.slice(entries.indexOf(entry));
  const before = statesBefore(since.filter((each) => each.record.variant === variant));
  return {
    goalOf: (family) => {
      const state = before.get(family);
      return state === undefined ? null : restoreGoal(state);
    },
    isWanted: (family) => before.has(family),
    wanted: [],
    sources: [],
  };
}

/** Of each family, before the first of these that touched it, oldest first: an apply may be of one family. */
function statesBefore(entries: readonly HistoryEntry[]): ReadonlyMap<Family, Ruleset> {
  const states = new Map<Family, Ruleset>();
  for (const family of families) {
    const entry = entries.find(({ record }) => touches(record, family));
    const state = entry && mustBackup(entry).find((ruleset) => ruleset.family === family);
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
