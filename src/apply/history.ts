// The applies of this host in the state folder: `history/000042/` each, and `history/pending/` while
// one is under way. A pending one that is found later was interrupted, and its backup is still good.
import { existsSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { FileFault, listFolder, readSaveText } from '../host/files.ts';
import {
  isTemporary,
  removeDurably,
  removeTemporaries,
  renameDurably,
  writeAtOnce,
  writeContentDurably,
  writeDurably,
  writeFolder,
} from '../host/state-folder.ts';
import type { Ruleset } from '../iptables/ruleset.ts';
import type { Family } from '../net/family.ts';
import { sha256 } from '../plan/digest.ts';
import type { Made } from '../plan/restore-goal.ts';
import {
  type ApplyHeader,
  type ApplyRecord,
  backupFiles,
  type Files,
  madeByRecord,
  parseRecord,
  printRecord,
  readBackup,
} from './record.ts';

/** How many applies are kept. */
export const keptRecords = 20;

/** An apply on the record. Numbers only grow. */
export interface HistoryEntry {
  readonly number: number;
  /** Whether the natmap that began it never came to say how it ended. */
  readonly interrupted: boolean;
  readonly record: ApplyRecord;
  readonly path: string;
}

/** An apply of which nothing is known but its number. */
export interface UnreadableEntry {
  readonly number: number;
  readonly problem: string;
  readonly path: string;
}

/** What stands in the folder, oldest first, and the names that are no records. */
export interface History {
  readonly entries: readonly HistoryEntry[];
  readonly unreadable: readonly UnreadableEntry[];
  readonly strange: readonly string[];
}

/** The record of an apply while it is made. Every method throws FileFault when the disk refuses. */
export interface Journal {
  /** Puts the state to go back to on the disk; nothing may be loaded before. */
  begin(before: readonly Ruleset[]): void;
  /** Says what is loaded next. */
  intend(summary: string, files: Files): void;
  /** The planned state holds. @returns the number of the apply */
  commit(): number;
  /** The state before is back: nothing is to be remembered. */
  abandon(): void;
  /** Going back failed: the backup stays, and what was to be loaded, as that of an interrupted apply. @returns its folder */
  leave(payloads: Files): string;
}

const interruptedMark = '-interrupted';

const recordFile = 'record.json';

/** @throws FileFault when the folder cannot be read */
export function readHistory(stateFolder: string): History {
  const folder = join(stateFolder, 'history');
  const names = (listFolder(folder) ?? []).filter(
    (name) => name !== 'pending' && !isTemporary(name),
  );
  const found = recordNames(names).map((name) => readEntry(folder, name));
  return {
    entries: found.filter((each) => 'record' in each),
    unreadable: found.filter((each) => 'problem' in each),
    strange: names.filter((name) => numberOf(name) === null),
  };
}

/** Whether rollback counts it: going back twice by one is going back once. */
export function isApply({ record: { kind } }: HistoryEntry): boolean {
  return kind === 'apply' || kind === 'flush';
}

/** The state before the apply, or null when the record is torn. */
export function backupOf({ record, path }: HistoryEntry): readonly Ruleset[] | null {
  return readBackup(record, readerIn(path));
}

/** What the apply made outside of natmap's part. */
export function madeOf({ record, path }: HistoryEntry, family: Family): Made {
  return madeByRecord(record, family, readerIn(path));
}

function readerIn(folder: string): (name: string) => string | null {
  return (name) => {
    const read = readText(join(folder, name));
    return read.ok ? read.text : null;
  };
}

/** The number that the apply under way will have, however it ends; null when none is. */
function numberUnderWay(stateFolder: string): number | null {
  const folder = join(stateFolder, 'history');
  return (listFolder(folder) ?? []).includes('pending') ? nextNumber(folder) : null;
}

/**
 * The apply under way, if this is the digest of its record.
 *
 * @returns null when it is another one, none, or one that cannot be read
 */
export function entryUnderWay(stateFolder: string, digest: string): HistoryEntry | null {
  const number = numberUnderWay(stateFolder);
  if (number === null) return null;
  const path = join(stateFolder, 'history', 'pending');
  const text = readText(join(path, recordFile));
  if (!text.ok || sha256(text.text) !== digest) return null;
  const read = parseRecord(text.text);
  return read.ok ? { number, interrupted: true, record: read.record, path } : null;
}

/** The digest of the record of the apply under way; null when there is none that can be read. */
export function digestUnderWay(stateFolder: string): string | null {
  const text = readText(join(stateFolder, 'history', 'pending', recordFile));
  return text.ok ? sha256(text.text) : null;
}

/** Removes what a natmap that was killed while writing has left. To be called with the lock held. */
export function clearUp(stateFolder: string): void {
  for (const folder of [stateFolder, join(stateFolder, 'history')]) removeTemporaries(folder);
}

/**
 * Files an apply that was interrupted under a number. To be called with the lock held.
 *
 * @returns its entry, or null when there is none
 */
export function settleInterrupted(stateFolder: string): HistoryEntry | UnreadableEntry | null {
  const number = numberUnderWay(stateFolder);
  if (number === null) return null;
  const folder = join(stateFolder, 'history');
  const name = `${nameOf(number)}${interruptedMark}`;
  renameDurably(join(folder, 'pending'), join(folder, name));
  return readEntry(folder, name);
}

export function createJournal(stateFolder: string, header: ApplyHeader): Journal {
  const folder = join(stateFolder, 'history');
  const pending = join(folder, 'pending');
  let backup: Files = {};
  return {
    begin(before) {
      backup = backupFiles(before);
      writeFolder(pending, { ...backup, [recordFile]: printRecord(header, '', backup) });
    },
    intend(summary, files) {
      // After a crash these tell what was going on; a rollback needs only what `begin` wrote.
      for (const [name, text] of Object.entries(files)) writeAtOnce(join(pending, name), text);
      const record = printRecord(header, summary, { ...backup, ...files });
      writeContentDurably(join(pending, recordFile), record);
    },
    commit() {
      const number = nextNumber(folder);
      const path = join(folder, nameOf(number));
      try {
        renameDurably(pending, path);
      } catch (error) {
        // The apply will be reverted: one that is on the record, but may be not on the disk, is undone too.
        if (existsSync(path)) renameSync(path, pending);
        throw error;
      }
      pruneAsFarAsPossible(folder);
      return number;
    },
    abandon: () => removeDurably(pending),
    leave(payloads) {
      for (const [name, text] of Object.entries(payloads)) writeDurably(join(pending, name), text);
      return settleInterrupted(stateFolder)?.path ?? pending;
    },
  };
}

/** The apply holds and is on the record: an old one that stays is no reason to take it back. */
function pruneAsFarAsPossible(folder: string): void {
  try {
    prune(folder);
  } catch (error) {
    if (!(error instanceof FileFault)) throw error;
  }
}

function prune(folder: string): void {
  const names = recordNames(listFolder(folder) ?? []);
  for (const name of names.slice(0, Math.max(0, names.length - keptRecords))) {
    removeDurably(join(folder, name));
  }
}

function readEntry(folder: string, name: string): HistoryEntry | UnreadableEntry {
  const number = numberOf(name) ?? 0;
  const path = join(folder, name);
  const text = readText(join(path, recordFile));
  if (!text.ok) return { number, problem: text.problem, path };
  const read = parseRecord(text.text);
  if (!read.ok) return { number, problem: read.problem, path };
  return { number, interrupted: name.endsWith(interruptedMark), record: read.record, path };
}

type ReadText =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly problem: string };

function readText(path: string): ReadText {
  try {
    return { ok: true, text: readSaveText(path).text };
  } catch (error) {
    if (error instanceof FileFault) return { ok: false, problem: error.message };
    throw error;
  }
}

function nextNumber(folder: string): number {
  const names = recordNames(listFolder(folder) ?? []);
  return Math.max(0, ...names.map((name) => numberOf(name) ?? 0)) + 1;
}

/** The names of records by their numbers. */
function recordNames(names: readonly string[]): string[] {
  return names
    .filter((name) => numberOf(name) !== null)
    .sort((a, b) => (numberOf(a) ?? 0) - (numberOf(b) ?? 0));
}

function nameOf(number: number): string {
  return String(number).padStart(6, '0');
}

function numberOf(name: string): number | null {
  const digits = /^(\d{6,15})(?:-interrupted)?$/.exec(name)?.[1];
  return digits === undefined ? null : Number(digits);
}
