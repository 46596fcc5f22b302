// apply --confirm on a terminal: asks there too, with a countdown. The guard does not depend on it.
import { setTimeout as sleep } from 'node:timers/promises';
import { secondsLeftOf } from '../app/confirm-guard.ts';
import type { Console } from '../app/console.ts';
import { type EndingSignal, type ExitCode, exitCode, signalCode } from '../app/exit.ts';
import { openHost } from '../app/live-rules.ts';
import { planHost } from '../app/planning.ts';
import { goalsBeforeApply } from '../app/rollback-goals.ts';
import type { TransactOptions } from '../app/transact.ts';
import {
  type Confirmation,
  readConfirmation,
  readDecision,
  type Wait,
} from '../apply/confirmation.ts';
import { Fault } from '../diagnostic/fault.ts';
import { confirmWith } from './commands/confirm.ts';
import { rollback } from './commands/rollback.ts';

type Answer =
  | { readonly kind: 'yes' | 'no' }
  /** The time was over, or somebody answered elsewhere. */
  | { readonly kind: 'over' }
  /** The terminal is gone, or nobody reads it: the wait goes on without us. */
  | { readonly kind: 'left'; readonly code: ExitCode };

/** Milliseconds between two looks at the time. */
const interval = 200;

export async function askToConfirm(
  wait: Wait,
  signal: () => EndingSignal | null,
  options: TransactOptions,
  console: Console,
): Promise<ExitCode> {
  const answer = await waitForAnswer(wait, signal, options.stateDir, console);
  switch (answer.kind) {
    case 'yes':
      return confirmWith(options, console);
    case 'no':
      return revertNow(options);
    case 'left':
      return leave(answer.code, console);
    case 'over':
      return reportEnd(wait, signal, options, console);
  }
}

function leave(code: ExitCode, console: Console): ExitCode {
  console.note('the wait goes on: natmap confirm keeps the rules');
  return code;
}

/** The guard was killed, and nothing else would revert. */
export async function revertUnguarded(
  options: TransactOptions,
  console: Console,
): Promise<ExitCode> {
  console.say('the guard that would revert is gone: reverting now');
  return revertNow(options);
}

/** An apply that was not kept is no success, however well the revert went. */
async function revertNow(options: TransactOptions): Promise<ExitCode> {
  const code = await rollback(1, options);
  return code === exitCode.done ? exitCode.applyFailed : code;
}

/** Whether there is somebody to ask. */
export function canAsk(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true;
}

async function waitForAnswer(
  wait: Wait,
  signal: () => EndingSignal | null,
  stateDir: string,
  console: Console,
): Promise<Answer> {
  const lines = readLines();
  try {
    for (;;) {
      const left = secondsLeft(wait, stateDir);
      if (left <= 0) return { kind: 'over' };
      const name = signal();
      if (name === 'SIGINT') return { kind: 'no' };
      if (name !== null) return { kind: 'left', code: signalCode[name] };
      const line = lines.next();
      if (line === null) return { kind: 'left', code: exitCode.done };
      if (/^y(es)?$/i.test(line)) return { kind: 'yes' };
      if (/^no?$/i.test(line)) return { kind: 'no' };
      process.stderr.write(`\rkeep the new rules? [y/n] ${left} s left `);
      await sleep(interval);
    }
  } finally {
    lines.close();
    console.say('');
  }
}

/** Whole seconds; 0 when the wait is over. */
function secondsLeft({ id }: Wait, stateDir: string): number {
  const confirmation = look(stateDir);
  if (confirmation === null) return 1;
  const isWaiting = confirmation.kind === 'waiting' && confirmation.wait.id === id;
  return isWaiting ? secondsLeftOf(confirmation) : 0;
}

/** @returns null when it cannot be found out now */
function look(stateDir: string): Confirmation | null {
  try {
    return readConfirmation(stateDir);
  } catch (error) {
    if (error instanceof Fault) return null;
    throw error;
  }
}

/** What was typed since: '' for nothing yet, null when there will be no more. */
function readLines(): { next(): string | null; close(): void } {
  let typed = '';
  let ended = false;
  const { stdin } = process;
  const onData = (chunk: Buffer) => {
    typed += chunk.toString();
  };
  const onEnd = () => {
    ended = true;
  };
  stdin.on('data', onData);
  stdin.once('end', onEnd).once('error', onEnd);
  return {
    next: () => {
      const end = typed.indexOf('\n');
      if (end < 0) return ended ? null : '';
      const line = typed.slice(0, end).trim();
      typed = typed.slice(end + 1);
      return line;
    },
    close: () => void stdin.off('data', onData).pause(),
  };
}

/** Waits for the wait to end, and reports how: a confirmation over a new connection is the wise one. */
async function reportEnd(
  { id, apply }: Wait,
  signal: () => EndingSignal | null,
  options: TransactOptions,
  console: Console,
): Promise<ExitCode> {
  for (;;) {
    const decision = readDecision(options.stateDir, id);
    if (decision?.kind === 'confirmed') {
      console.note('confirmed elsewhere: the rules stay');
      return exitCode.done;
    }
    if (decision !== null) {
      const who = decision.kind === 'rolled back' ? 'undone elsewhere' : 'nobody confirmed in time';
      return previousRestored(who, console);
    }
    const kind = look(options.stateDir)?.kind ?? 'waiting';
    if (kind === 'none' || kind === 'abandoned') break;
    const name = signal();
    if (name !== null) return leave(signalCode[name], console);
    await sleep(interval);
  }
  // A guard that finds the disk full or read-only reverts without writing so.
  if (await isUndone(apply, options, console))
    return previousRestored('nobody confirmed in time', console);
  return revertUnguarded(options, console);
}

function previousRestored(who: string, console: Console): ExitCode {
  console.say(`${who}: the previous rules are restored`);
  return exitCode.applyFailed;
}

async function isUndone(
  apply: number,
  options: TransactOptions,
  console: Console,
): Promise<boolean> {
  const goals = goalsBeforeApply(options.stateDir, apply);
  if (goals === null) return false;
  const host = await openHost(options, console, goals.backends);
  const plans = await planHost(goals, host, options, console);
  return plans.every(({ edits }) => edits.length === 0);
}
