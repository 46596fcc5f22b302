// An apply that waits to be confirmed: a file in the state folder, written by the guard that goes back
// when nobody confirms. Whoever ends the wait removes it, holding the lock, so that only one does:
// `natmap confirm`, `natmap rollback`, the prompt, or the guard when the time is over.
import { join } from 'node:path';
import { readSource } from '../host/files.ts';
import {
  isAlive,
  isOfThisBoot,
  ownIdentity,
  type ProcessIdentity,
} from '../host/process-identity.ts';
import { removeDurably, writeDurably } from '../host/state-folder.ts';

export type Confirmation =
  | { readonly kind: 'none' }
  /** `apply` is the number that the apply has, or will have, on the record. */
  | { readonly kind: 'waiting'; readonly secondsLeft: number; readonly apply: number }
  /** The guard was killed: nobody will go back. */
  | { readonly kind: 'abandoned' }
  /** The machine was started anew since, and the guard and the rules went with it. */
  | { readonly kind: 'rebooted' };

interface Unconfirmed {
  readonly apply: number;
  readonly guard: ProcessIdentity;
  /** On the clock of {@link monotonicSeconds}. */
  readonly deadline: number;
}

/** Said by the guard, which is the process that calls it: this apply may begin. */
export function arm(stateFolder: string, apply: number, seconds: number): void {
  write(stateFolder, { apply, guard: ownIdentity(), deadline: monotonicSeconds() + seconds });
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
  const { apply, guard, deadline } = unconfirmed;
  if (!isOfThisBoot(guard)) return { kind: 'rebooted' };
  if (!isAlive(guard)) return { kind: 'abandoned' };
  return { kind: 'waiting', secondsLeft: deadline - monotonicSeconds(), apply };
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

/** What is not there, or is no such file of ours, is none. */
function read(stateFolder: string): Unconfirmed | null {
  try {
    const value = JSON.parse(readSource(pathIn(stateFolder)).text);
    return isUnconfirmed(value) ? value : null;
  } catch {
    return null;
  }
}

function isUnconfirmed(value: unknown): value is Unconfirmed {
  const { apply, guard, deadline } = { ...(value as Partial<Unconfirmed> | null) };
  return (
    [apply, guard?.pid, deadline].every(Number.isFinite) &&
    [guard?.startTicks, guard?.bootId].every((text) => typeof text === 'string')
  );
}
