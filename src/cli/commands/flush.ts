// natmap flush: removes everything that natmap owns; what others have stays.

import { createConsole } from '../../app/console.ts';
import type { ExitCode } from '../../app/exit.ts';
import { type TransactOptions, transact } from '../../app/transact.ts';
import { flushGoal } from '../../plan/goal.ts';

export type FlushOptions = TransactOptions;

export async function flush(options: FlushOptions): Promise<ExitCode> {
  const goals = { goalOf: () => flushGoal, isWanted: () => false, wanted: [], sources: [] };
  return transact({ kind: 'flush', goals }, options, createConsole(options));
}
