// An apply that waits to be confirmed: a file in the state folder, written by the guard that goes back
// when nobody confirms. Whoever ends the wait removes it, holding the lock, so that only one does:
// `natmap confirm`, `natmap rollback`, the prompt, or the guard when the time is over.
import { join } from 'node:path';
import { readSource } from '../host/files.ts';
import { isAlive, ownIdentity, type ProcessIdentity } from '../host/process-identity.ts';
import { removeDurably, writeDurably } from '../host/state-folder.ts';

export type Confirmation =
  | { readonly kind: 'none' }
  | { readonly kind: 'waiting'; readonly secondsLeft: number }
  /** The guard is gone, killed or with the machine: nobody will go back. */
  | { readonly kind: 'abandoned' };

interface Unconfirmed {
  readonly guard: ProcessIdentity;
  /** On the clock of {@link monotonicSeconds}. */
  readonly deadline: number;
}

/** Said by the guard, which is the process that calls it: an apply may begin. */
export function arm(stateFolder: string, seconds: number): void {
  write(stateFolder, { guard: ownIdentity(), deadline: monotonicSeconds() + seconds });
}

/** Lets the time begin anew, once the rules to be confirmed are there. */
export function restartWait(stateFolder: string, seconds: number): void {
  const unconfirmed = read(stateFolder);
  if (unconfirmed === null) return;
  write(stateFolder, { ...unconfirmed, deadline: monotonicSeconds() + seconds });
}

export function readConfirmation(stateFolder: string): Confirmation {
  const unconfirmed = read(stateFolder);
  if (unconfirmed === null) return { kind: 'none' };
  if (!isAlive(unconfirmed.guard)) return { kind: 'abandoned' };
  return { kind: 'waiting', secondsLeft: unconfirmed.deadline - monotonicSeconds() };
}

/** With the lock held. */
export function endWait(stateFolder: string): void {
  removeDurably(pathIn(stateFolder));
}

/** Seconds on a clock that nobody can set, the same for all processes: CLOCK_MONOTONIC. */
function monotonicSeconds(): number {
  return Number(process.hrtime.bigint()) / 1e9;
}

function pathIn(stateFolder: string): string {
  return join(stateFolder, 'unconfirmed.json');
}

function write(stateFolder: string, unconfirmed: Unconfirmed): void {
  writeDurably(pathIn(stateFolder), `${JSON.stringify(unconfirmed)}\n`);
}

/** Written by us alone, in a folder of our own: what is not there, or torn, is none. */
function read(stateFolder: string): Unconfirmed | null {
  try {
    return JSON.parse(readSource(pathIn(stateFolder)).text) as Unconfirmed;
  } catch {
    return null;
  }
}
