// Which guard is on watch in a network namespace: its wait is in a state folder, and a natmap with another folder
// would apply rules that this guard takes away again when its time is over.
import { rmSync, statSync } from 'node:fs';
import { attempt, FileFault, readSource } from '../host/files.ts';
import { fileOfNetwork } from '../host/network-lock.ts';
import { livenessOf, ownIdentity, type ProcessIdentity } from '../host/process-identity.ts';
import { writeAtOnce } from '../host/state-folder.ts';
import { monotonicSeconds, readDecision, readWait } from './confirmation.ts';

export interface GuardNotice {
  /** The name of the wait. */
  readonly id: string;
  readonly stateFolder: string;
  readonly guard: ProcessIdentity;
  /** On the clock of {@link monotonicSeconds}: when a guard that cannot be seen from here counts as gone. */
  readonly until: number;
}

/** Seconds that loading, and the revert after the deadline, may take at most. */
const margin = 120;

/**
 * Written by the guard itself, while the apply holds the lock.
 *
 * @throws FileFault when it cannot be written
 */
export function postNotice(id: string, stateFolder: string, seconds: number): void {
  const path = fileOfNetwork('guard');
  if (path === null) return;
  const until = monotonicSeconds() + seconds + margin;
  writeAtOnce(path, `${JSON.stringify({ id, stateFolder, guard: ownIdentity(), until })}\n`);
}

/** @throws FileFault */
export function removeNotice(id: string): void {
  const path = fileOfNetwork('guard');
  if (path === null || read(path)?.id !== id) return;
  attempt(path, () => rmSync(path, { force: true }));
}

/**
 * The guard that is on watch in this network namespace for a wait that this state folder knows nothing of.
 * Read with the lock held.
 *
 * @throws FileFault when it cannot be found out
 */
export function guardOfAnotherFolder(stateFolder: string): GuardNotice | null {
  const path = fileOfNetwork('guard');
  const notice = path === null ? null : read(path);
  if (notice === null || !isOnWatch(notice)) return null;
  const isKnown =
    waitIn(stateFolder) === notice.id || readDecision(stateFolder, notice.id) !== null;
  const isDecided = readDecision(notice.stateFolder, notice.id) !== null;
  return isKnown || isDecided ? null : notice;
}

function isOnWatch({ guard, until }: GuardNotice): boolean {
  const liveness = livenessOf(guard);
  return liveness === 'alive' || (liveness === 'unknown' && monotonicSeconds() < until);
}

/** One that cannot be read is dealt with by those who need it. */
function waitIn(stateFolder: string): string | null {
  try {
    return readWait(stateFolder)?.id ?? null;
  } catch (error) {
    if (error instanceof FileFault) return null;
    throw error;
  }
}

function read(path: string): GuardNotice | null {
  if (attempt(path, () => statSync(path, { throwIfNoEntry: false })) === undefined) return null;
  const value = parse(readSource(path).text);
  return isNotice(value) ? value : null;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function isNotice(value: unknown): value is GuardNotice {
  const { id, stateFolder, guard, until } = { ...(value as Partial<GuardNotice> | null) };
  const texts = [id, stateFolder, guard?.startTicks, guard?.pidNamespace, guard?.bootId];
  return (
    texts.every((text) => typeof text === 'string') && [guard?.pid, until].every(Number.isFinite)
  );
}
