// What a rollback leads to: the state before the last apply, or the Nth last.
import { backupOf, type HistoryEntry, isApply, readHistory } from '../apply/history.ts';
import type { Variant } from '../iptables/ruleset.ts';
import { restoreGoal } from '../plan/goal.ts';
import { exitCode, Stop } from './exit.ts';
import type { Goals } from './planning.ts';

/**
 * @param back 1 for the state before the last apply, 2 for that before the one before it
 * @throws Stop when there is no such apply, or its record is torn
 */
export function rollbackGoals(stateDir: string, back: number, variant: Variant): Goals {
  const entry = entryAt(stateDir, back);
  const { number, record } = entry;
  if (record.variant !== variant) {
    const message = `apply ${number} was made with iptables-${record.variant}, and this is iptables-${variant}`;
    throw new Stop(exitCode.badInput, message, `use --backend ${record.variant}`);
  }
  const backup = backupOf(entry);
  if (backup === null) {
    const message = `the record of apply ${number} is torn: ${entry.path}`;
    throw new Stop(exitCode.badInput, message, 'see natmap history for others');
  }
  const of = (family: string) => backup.find((ruleset) => ruleset.family === family);
  return {
    goalOf: (family) => {
      const before = of(family);
      return before === undefined ? null : restoreGoal(before);
    },
    isWanted: (family) => of(family) !== undefined,
    wanted: [],
    sources: [],
  };
}

function entryAt(stateDir: string, back: number): HistoryEntry {
  const applies = readHistory(stateDir).entries.filter(isApply);
  const entry = applies.at(-back);
  if (entry !== undefined) return entry;
  const known =
    applies.length === 0
      ? 'no apply is on the record'
      : `the record goes back by ${applies.length}`;
  throw new Stop(exitCode.badInput, `${known}: ${stateDir}`, 'natmap history lists them');
}
