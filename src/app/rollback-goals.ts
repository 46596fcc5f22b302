// What a rollback leads to: the state before the last apply, the Nth last, or the one of a number.
import {
  backupOf,
  type History,
  type HistoryEntry,
  isApply,
  madeOf,
  readHistory,
} from '../apply/history.ts';
import { touches } from '../apply/record.ts';
import { visible } from '../diagnostic/visible.ts';
import { hasEnded, isOtherNetwork, ownNetworkNamespace } from '../host/network-namespace.ts';
import type { Backends, Ruleset } from '../iptables/ruleset.ts';
import { type Family, families } from '../net/family.ts';
import type { Goal } from '../plan/goal.ts';
import { restoreGoal } from '../plan/restore-goal.ts';
import { exitCode, Stop } from './exit.ts';
import type { Goals } from './planning.ts';

/** What leads each family back, with the backend that it was changed with. */
export interface RecordedGoals extends Goals {
  readonly backends: Partial<Backends>;
}

/**
 * @param back 1 for the state before the last apply, 2 for that before the one before it
 * @throws Stop when there is no such apply, or a record on the way there cannot be read or is of another
 * network namespace
 */
export function rollbackGoals(stateDir: string, back: number): RecordedGoals {
  const history = readHistory(stateDir);
  const applies = history.entries.filter(isApply);
  const entry = applies.at(-back);
  // Without an entry all unreadable ones stand in the way: any of them may be the one.
  mustHaveRead(history, entry?.number ?? 0);
  if (entry !== undefined) return goalsBefore(entry, history.entries);
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
 * @throws Stop when a record since then cannot be read
 */
export function goalsBeforeApply(stateDir: string, number: number): RecordedGoals | null {
  const history = readHistory(stateDir);
  const entry = history.entries.find((each) => each.number === number);
  mustHaveRead(history, number);
  return entry === undefined ? null : goalsBefore(entry, history.entries);
}

/** @throws Stop when this or a later apply cannot be read: to pass over it would undo another one too */
function mustHaveRead({ unreadable }: History, since: number): void {
  const newest = unreadable.findLast(({ number }) => number >= since);
  if (newest === undefined) return;
  const { number, problem, path } = newest;
  throw new Stop(
    exitCode.badInput,
    `the record of apply ${number} cannot be read: ${visible(problem)}`,
    `to roll back as if it had not been, move it away: ${visible(path)}`,
  );
}

function goalsBefore(entry: HistoryEntry, entries: readonly HistoryEntry[]): RecordedGoals {
  const since = entries.slice(entries.indexOf(entry));
  refuseOtherNetwork(since);
  const firsts = firstOfEachFamily(since);
  const goals = goalsSince(firsts, since);
  return {
    goalOf: (family) => goals.get(family) ?? null,
    isWanted: (family) => goals.has(family),
    wanted: [],
    sources: [],
    backends: Object.fromEntries(
      [...firsts].map(([family, { record }]) => [family, record.backends[family]]),
    ),
  };
}

/** What was loaded into one network is no state of another. @throws Stop */
function refuseOtherNetwork(entries: readonly HistoryEntry[]): void {
  const own = ownNetworkNamespace();
  const other = entries.find(
    ({ record: { network } }) =>
      network !== undefined && isOtherNetwork(network, own) && !hasEnded(network),
  );
  if (other === undefined) return;
  throw new Stop(
    exitCode.badInput,
    `apply ${other.number} was made in another network namespace (${other.record.network?.name}; here: ${own.name})`,
    'run natmap where that apply was run, or name another folder with --state-dir',
  );
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

function goalsSince(
  firsts: ReadonlyMap<Family, HistoryEntry>,
  since: readonly HistoryEntry[],
): ReadonlyMap<Family, Goal> {
  const goals = new Map<Family, Goal>();
  for (const [family, entry] of firsts) {
    const state = mustBackup(entry).find((ruleset) => ruleset.family === family);
    const dockerUser = since.some((each) => madeOf(each, family).dockerUser);
    if (state !== undefined) goals.set(family, restoreGoal(state, { dockerUser, jump: false }));
  }
  return goals;
}

function mustBackup(entry: HistoryEntry): readonly Ruleset[] {
  const backup = backupOf(entry);
  if (backup !== null) return backup;
  const message = `the record of apply ${entry.number} is torn: ${visible(entry.path)}`;
  throw new Stop(exitCode.badInput, message, 'see natmap history for others');
}
