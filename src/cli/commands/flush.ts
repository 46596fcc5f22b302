// natmap flush: removes everything that natmap owns; what others have stays.
import { flushGoal } from '../../plan/goal.ts';
import { createConsole } from '../console.ts';
import type { ExitCode } from '../exit.ts';
import { type TransactOptions, transact } from '../transact.ts';

export type FlushOptions = TransactOptions;

export async function flush(options: FlushOptions): Promise<ExitCode> {
  const goals = { goalOf: () => flushGoal, isWanted: () => false, wanted: [], sources: [] };
  return transact({ kind: 'flush', goals }, options, createConsole(options));
}
