// Which process is meant, for longer than it lives: its id alone may come to be another's.
import { readFileSync, readlinkSync } from 'node:fs';
import { attempt, errorCode } from './files.ts';

export interface ProcessIdentity {
  readonly pid: number;
  /** When it started, in clock ticks since boot: field 22 of /proc/PID/stat (proc(5)). */
  readonly startTicks: string;
  /** In which PID namespace `pid` counts: `pid:[4026531836]`. */
  readonly pidNamespace: string;
  /** Which run of the machine: /proc/sys/kernel/random/boot_id. */
  readonly bootId: string;
}

export type Liveness =
  | 'alive'
  | 'gone'
  /** The machine was restarted since. */
  | 'rebooted'
  /** Its process id means nothing here: it was given in another PID namespace. */
  | 'unknown';

/** @throws FileFault */
export function ownIdentity(): ProcessIdentity {
  return {
    pid: process.pid,
    startTicks: startTicks(process.pid) ?? '',
    pidNamespace: pidNamespace(),
    bootId: bootId(),
  };
}

/** @throws FileFault when it cannot be found out: a failed read is no answer */
export function livenessOf(identity: ProcessIdentity): Liveness {
  if (identity.bootId !== bootId()) return 'rebooted';
  if (identity.pidNamespace !== pidNamespace()) return 'unknown';
  return startTicks(identity.pid) === identity.startTicks ? 'alive' : 'gone';
}

/** @throws FileFault */
export function bootId(): string {
  const path = '/proc/sys/kernel/random/boot_id';
  return attempt(path, () => readFileSync(path, 'utf8')).trim();
}

function pidNamespace(): string {
  const path = '/proc/self/ns/pid';
  return attempt(path, () => readlinkSync(path));
}

/** A process that another one sees now, or null where it has ended. @throws FileFault */
export function identify(pid: number): ProcessIdentity | null {
  const ticks = startTicks(pid);
  if (ticks === null) return null;
  return { pid, startTicks: ticks, pidNamespace: pidNamespace(), bootId: bootId() };
}

/** Whether a signal has stopped it, until SIGCONT comes (SIGSTOP, or ^Z at its terminal). @throws FileFault */
export function isStopped({ pid, startTicks: ticks }: ProcessIdentity): boolean {
  const seen = look(pid);
  return seen?.startTicks === ticks && seen.state === 'T';
}

/** The process that started it, or 0. @throws FileFault */
export function parentOf(pid: number): number {
  return look(pid)?.parent ?? 0;
}

/** SIGKILL for this process and for no other one that has its id by now. */
export function kill(identity: ProcessIdentity): void {
  try {
    if (livenessOf(identity) === 'alive') process.kill(identity.pid, 'SIGKILL');
  } catch {
    // It has ended, or nothing can be found out about it.
  }
}

/** @returns null when there is no such process, or only a zombie of it */
function startTicks(pid: number): string | null {
  return look(pid)?.startTicks ?? null;
}

/** Fields 3, 4 and 22 of /proc/PID/stat (proc(5)); null as for {@link startTicks}. */
function look(
  pid: number,
): { readonly state: string; readonly parent: number; readonly startTicks: string } | null {
  const path = `/proc/${pid}/stat`;
  const text = attempt(path, () => readIfThere(path));
  // The name of the program stands in parentheses and may hold anything; its state comes next.
  const fields = text?.slice(text.lastIndexOf(')') + 2).split(' ') ?? [];
  const [state = 'Z', parent] = fields;
  const ticks = fields[19];
  return state === 'Z' || ticks === undefined
    ? null
    : { state, parent: Number(parent), startTicks: ticks };
}

function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    // ESRCH: the process ended between open(2) and read(2).
    if (['ENOENT', 'ESRCH'].includes(errorCode(error))) return null;
    throw error;
  }
}
