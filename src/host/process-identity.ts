// Which process is meant, for longer than it lives: its id alone may come to be another's.
import { readFileSync } from 'node:fs';

export interface ProcessIdentity {
  readonly pid: number;
  /** When it started, in clock ticks since boot: field 22 of /proc/PID/stat (proc(5)). */
  readonly startTicks: string;
  /** Which run of the machine: /proc/sys/kernel/random/boot_id. */
  readonly bootId: string;
}

export function ownIdentity(): ProcessIdentity {
  return { pid: process.pid, startTicks: startTicks(process.pid) ?? '', bootId: bootId() };
}

export function isAlive(identity: ProcessIdentity): boolean {
  return isOfThisBoot(identity) && startTicks(identity.pid) === identity.startTicks;
}

export function isOfThisBoot(identity: ProcessIdentity): boolean {
  return identity.bootId === bootId();
}

/** @returns null when there is no such process, or only a zombie of it */
function startTicks(pid: number): string | null {
  const text = read(`/proc/${pid}/stat`);
  // The name of the program stands in parentheses and may hold anything; its state comes next.
  const fields = text?.slice(text.lastIndexOf(')') + 2).split(' ') ?? [];
  return fields[0] === 'Z' ? null : (fields[19] ?? null);
}

function bootId(): string {
  return read('/proc/sys/kernel/random/boot_id')?.trim() ?? '';
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
