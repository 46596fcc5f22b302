// natmap apply: makes the live state the wanted one, or leaves it as it was.
import { createConsole } from '../console.ts';
import type { ExitCode } from '../exit.ts';
import type { InputOptions } from '../options.ts';
import { compileGoals } from '../planning.ts';
import { type TransactOptions, transact } from '../transact.ts';

export type ApplyOptions = InputOptions & TransactOptions;

export async function apply(options: ApplyOptions): Promise<ExitCode> {
  const console = createConsole(options);
  const goals = await compileGoals(options, console);
  return transact({ kind: 'apply', goals }, options, console);
}
