// Where the code of each command is: it is loaded when the command runs.

import type { ExitCode } from '../app/exit.ts';
import type { DoctorOptions } from '../app/options.ts';
import type { TransactOptions } from '../app/transact.ts';
import type { ApplyOptions } from './commands/apply.ts';
import type { CheckOptions } from './commands/check.ts';
import type { ConfirmOptions } from './commands/confirm.ts';
import type { DiffOptions } from './commands/diff.ts';
import type { FlushOptions } from './commands/flush.ts';
import type { GuardOptions } from './commands/guard.ts';
import type { HistoryOptions } from './commands/history.ts';
import type { PlanOptions } from './commands/plan.ts';
import type { RenderOptions } from './commands/render.ts';
import type { SnapshotOptions } from './commands/snapshot.ts';
import type { StandingOptions } from './commands/standing.ts';
import type { StatusOptions } from './commands/status.ts';
import type { CommandSpec } from './commands.ts';
import type { Shell } from './completion/shell.ts';
import type { ManPage } from './man/page.ts';

/** What a command line says, as the flags and the argument of its command parse to. */
export interface Given {
  readonly options: unknown;
  readonly argument: unknown;
  /** All commands, for those that tell of them. */
  readonly specs: readonly CommandSpec[];
}

export type CommandName = keyof typeof runners;

export const runners = {
  render: async ({ options }: Given) =>
    (await import('./commands/render.ts')).render(options as RenderOptions),
  check: async ({ options }: Given) =>
    (await import('./commands/check.ts')).check(options as CheckOptions),
  diff: async ({ options }: Given) =>
    (await import('./commands/diff.ts')).diff(options as DiffOptions),
  plan: async ({ options }: Given) =>
    (await import('./commands/plan.ts')).plan(options as PlanOptions),
  apply: async ({ options, argument }: Given) =>
    (await import('./commands/apply.ts')).apply(
      argument as string | undefined,
      options as ApplyOptions,
    ),
  status: async ({ options }: Given) =>
    (await import('./commands/status.ts')).status(options as StatusOptions),
  flush: async ({ options }: Given) =>
    (await import('./commands/flush.ts')).flush(options as FlushOptions),
  confirm: async ({ options }: Given) =>
    (await import('./commands/confirm.ts')).confirm(options as ConfirmOptions),
  rollback: async ({ options, argument }: Given) =>
    (await import('./commands/rollback.ts')).rollback(
      argument as number,
      options as TransactOptions,
    ),
  history: async ({ options }: Given) =>
    (await import('./commands/history.ts')).history(options as HistoryOptions),
  guard: async ({ options }: Given) =>
    (await import('./commands/guard.ts')).guard(options as GuardOptions),
  snapshot: async ({ options }: Given) =>
    (await import('./commands/snapshot.ts')).snapshot(options as SnapshotOptions),
  doctor: async ({ options }: Given) =>
    (await import('./commands/doctor.ts')).doctor(options as DoctorOptions),
  standing: async ({ options }: Given) =>
    (await import('./commands/standing.ts')).standing(options as StandingOptions),
  schema: async () => (await import('./commands/schema.ts')).schema(),
  completion: async ({ argument, specs }: Given) =>
    (await import('./commands/completion.ts')).completion(argument as Shell, specs),
  man: async ({ argument, specs }: Given) =>
    (await import('./commands/man.ts')).man(argument as ManPage, specs),
} satisfies Readonly<Record<string, (given: Given) => Promise<ExitCode>>>;
