// apply --confirm on a terminal: asks there too, with a countdown. The guard does not depend on it.
import { setTimeout as sleep } from 'node:timers/promises';
import { readConfirmation } from '../apply/confirmation.ts';
import { readHistory } from '../apply/history.ts';
import { keep } from './commands/confirm.ts';
import { rollback } from './commands/rollback.ts';
import type { Console } from './console.ts';
import { type EndingSignal, type ExitCode, exitCode, signalCode } from './exit.ts';
import { openHost } from './lives.ts';
import { withLock } from './locked.ts';
import { planHost } from './planning.ts';
import { goalsBeforeApply } from './rollback-goals.ts';
import type { TransactOptions } from './transact.ts';

type Answer =
  | { readonly kind: 'yes' | 'no' }
  /** The time was over, or somebody answered elsewhere. */
  | { readonly kind: 'over' }
  /** The terminal is gone, or nobody reads it: the wait goes on without us. */
  | { readonly kind: 'left'; readonly code: ExitCode };

/** Milliseconds between two looks at the time. */
const interval = 200;

/** @param apply the number of the apply that waits */
export async function askToConfirm(
  apply: number,
  signal: () => EndingSignal | null,
  options: TransactOptions,
  console: Console,
): Promise<ExitCode> {
  const answer = await waitForAnswer(signal, options.stateDir, console);
  switch (answer.kind) {
    case 'yes':
      return withLock(options, console, async () => keep(options, console));
    case 'no':
      return goBackNow(options);
    case 'left':
      return leave(answer.code, console);
    case 'over':
      return tellEnd(apply, signal, options, console);
  }
}

function leave(code: ExitCode, console: Console): ExitCode {
  console.note('the wait goes on: natmap confirm keeps the rules');
  return code;
}

/** The guard was killed, and nobody else would go back. */
export async function goBackUnguarded(
  options: TransactOptions,
  console: Console,
): Promise<ExitCode> {
  console.say('the guard that would go back is gone: going back now');
  return goBackNow(options);
}

/** An apply that was not kept is no success, however well going back went. */
async function goBackNow(options: TransactOptions): Promise<ExitCode> {
  const code = await rollback(1, options);
  return code === exitCode.done ? exitCode.applyFailed : code;
}

/** Whether there is somebody to ask. */
export function canAsk(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true;
}

async function waitForAnswer(
  signal: () => EndingSignal | null,
  stateDir: string,
  console: Console,
): Promise<Answer> {
  const lines = readLines();
  try {
    for (;;) {
      const confirmation = readConfirmation(stateDir);
      if (confirmation.kind !== 'waiting' || confirmation.secondsLeft <= 0) return { kind: 'over' };
      const name = signal();
      if (name === 'SIGINT') return { kind: 'no' };
      if (name !== null) return { kind: 'left', code: signalCode[name] };
      const line = lines.next();
      if (line === null) return { kind: 'left', code: exitCode.done };
      if (/^y(es)?$/i.test(line)) return { kind: 'yes' };
      if (/^no?$/i.test(line)) return { kind: 'no' };
      const left = Math.ceil(confirmation.secondsLeft);
      process.stderr.write(`\rkeep the new rules? [y/n] ${left} s left `);
      await sleep(interval);
    }
  } finally {
    lines.close();
    console.say('');
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

/**
 * Waits for the guard to be done, which is when the lock is free and nobody waits any more, and says
 * what became of the rules: somebody may have confirmed over a new connection, as is wise.
 */
async function tellEnd(
  apply: number,
  signal: () => EndingSignal | null,
  options: TransactOptions,
  console: Console,
): Promise<ExitCode> {
  while (readConfirmation(options.stateDir).kind === 'waiting') {
    const name = signal();
    if (name !== null) return leave(signalCode[name], console);
    await sleep(interval);
  }
  if (readConfirmation(options.stateDir).kind === 'abandoned')
    return goBackUnguarded(options, console);
  const last = readHistory(options.stateDir).entries.at(-1)?.record.kind;
  if (last === 'apply' && !(await isUndone(apply, options, console))) {
    console.note('confirmed elsewhere: the rules stay');
    return exitCode.done;
  }
  const who = last === 'rollback' ? 'undone elsewhere' : 'nobody confirmed in time';
  console.say(`${who}: the rules from before are back`);
  return exitCode.applyFailed;
}

/** As the live rules say: a guard that finds the disk full goes back without a record. */
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
