/**
 * Faults of the operating system, one at a time: strace(1) makes one system call of a process fail, or
 * kills the process at it. Only its main thread is traced, none of the programs that it starts.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { which } from './process.ts';

/** What the system calls of a safe ending fail with on real hosts; KILL stands for SIGKILL. */
const errors: Readonly<Record<string, readonly string[]>> = {
  clone: ['EAGAIN', 'ENOMEM', 'KILL'],
  clone3: ['EAGAIN', 'ENOMEM', 'KILL'],
  vfork: ['EAGAIN', 'ENOMEM', 'KILL'],
  socketpair: ['EMFILE', 'KILL'],
  pipe2: ['EMFILE', 'KILL'],
  openat: ['EIO', 'EMFILE', 'KILL'],
  read: ['EIO', 'KILL'],
  write: ['EIO', 'ENOSPC', 'KILL'],
  fsync: ['EIO', 'KILL'],
  rename: ['EIO', 'ENOSPC', 'KILL'],
  mkdir: ['ENOSPC', 'KILL'],
  unlink: ['EIO', 'KILL'],
  rmdir: ['EIO', 'KILL'],
};

/** One fault: the `nth` call (from 1) of that name fails so. */
export interface Fault {
  readonly call: string;
  readonly nth: number;
  readonly error: string;
}

export function describeFault({ call, nth, error }: Fault): string {
  return `${call} no. ${nth}: ${error}`;
}

/** The command line that writes the calls of a command to a file; see {@link faultsIn}. */
export function tracing(command: readonly string[], file: string): readonly [string, ...string[]] {
  const calls = Object.keys(errors).join(',');
  return [which('strace'), '-qq', '-y', '-o', file, '-e', `trace=${calls}`, ...command];
}

/**
 * Every fault that a traced run could have met.
 *
 * @param mark a text of the first call that counts
 */
export function faultsIn(file: string, mark: string): Fault[] {
  const seen = new Map<string, number>();
  const faults: Fault[] = [];
  let isMarked = false;
  for (const line of readFileSync(file, 'latin1').split('\n')) {
    const call = /^(\w+)\(/.exec(line)?.[1];
    if (call === undefined) continue;
    const nth = (seen.get(call) ?? 0) + 1;
    seen.set(call, nth);
    isMarked ||= line.includes(mark);
    if (!isMarked || isOfLibuvItself(line)) continue;
    for (const error of errors[call] ?? []) faults.push({ call, nth, error });
  }
  if (!isMarked) throw new Error(`no system call names ${mark}`);
  return faults;
}

/**
 * Pipes and eventfds on which libuv wakes itself up, tells of signals and hears of execve(2): what it
 * starts has sockets. No kernel lets these fail, and libuv aborts or waits for ever where one does.
 */
function isOfLibuvItself(line: string): boolean {
  return /^\w+\(\d+<(?:pipe:|anon_inode:)/.test(line);
}

/**
 * Whether the fault met a call that counts: how often natmap is woken up is not the same in every run, so
 * that the nth call may be another one.
 */
export function hasMet(file: string): boolean {
  const met = readFileSync(file, 'latin1')
    .split('\n')
    .find((line) => line.includes('(INJECTED)'));
  return met === undefined || !isOfLibuvItself(met);
}

/** The command line that runs a command with one fault, and writes down what it met. */
export function injecting(
  { call, nth, error }: Fault,
  command: readonly string[],
  file: string,
): readonly [string, ...string[]] {
  const what = error === 'KILL' ? 'signal=KILL' : `error=${error}`;
  const inject = `inject=${call}:${what}:when=${nth}`;
  const options = ['-qq', '-y', '-o', file, '-e', `trace=${call}`, '-e', inject];
  return [which('strace'), ...options, ...command];
}

/** So many of them, without a pattern and yet the same ones for the same list. */
export function sampleOf(all: readonly Fault[], count: number): readonly Fault[] {
  const digest = (fault: Fault) => createHash('sha256').update(describeFault(fault)).digest('hex');
  const ranked = all.map((fault) => ({ fault, rank: digest(fault) }));
  const sorted = ranked.sort((a, b) => (a.rank < b.rank ? -1 : 1));
  return sorted.slice(0, count).map(({ fault }) => fault);
}
