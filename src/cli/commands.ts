// Every command: what it does, what it takes, and where its code is, which is loaded when it runs.
import { Argument, Option } from 'commander';
import type { ApplyOptions } from './commands/apply.ts';
import type { CheckOptions } from './commands/check.ts';
import type { ConfirmOptions } from './commands/confirm.ts';
import type { DiffOptions } from './commands/diff.ts';
import type { DoctorOptions } from './commands/doctor.ts';
import type { FlushOptions } from './commands/flush.ts';
import type { GuardOptions } from './commands/guard.ts';
import type { HistoryOptions } from './commands/history.ts';
import type { PlanOptions } from './commands/plan.ts';
import type { RenderOptions } from './commands/render.ts';
import type { SnapshotOptions } from './commands/snapshot.ts';
import type { StandingOptions } from './commands/standing.ts';
import type { StatusOptions } from './commands/status.ts';
import { type Shell, shells } from './completion/shell.ts';
import type { ExitCode } from './exit.ts';
import { type ManPage, manPages } from './man/page.ts';
import {
  checkFormats,
  diffFormats,
  engineFlag,
  formatFlags,
  hostFlags,
  inputFlags,
  leastMarkdown,
  liveFlags,
  outputFlags,
  parseBytes,
  parseCount,
  parseDigest,
  parseSeconds,
  rulesFlag,
  stateDirFlag,
  stateFlags,
} from './options.ts';
import type { TransactOptions } from './transact.ts';

export interface CommandSpec {
  readonly name: string;
  readonly summary: string;
  /** Changes the host: its exit code tells what became of that, not of its words. */
  readonly changesHost?: true;
  /** Left out of the help: natmap runs it itself. */
  readonly hidden?: true;
  readonly argument?: Argument;
  readonly flags: readonly Option[];
  /** A command line that works, for `--help`. */
  readonly example: string;
  /** `options` are what `flags` parse to, `argument` what the argument does. */
  run(options: unknown, argument: unknown): Promise<ExitCode>;
}

export function commandSpecs(): readonly CommandSpec[] {
  return [
    {
      name: 'render',
      summary: 'print the rules wanted, as iptables-save text; needs no root and no iptables',
      flags: [
        ...inputFlags(),
        ...hostFlags(),
        new Option('-o, --output <dir>', 'write rules.v4 and rules.v6 to this folder instead'),
        ...outputFlags(),
      ],
      example: 'natmap render --docker snapshot.json --family ipv4',
      run: async (options) =>
        (await import('./commands/render.ts')).render(options as RenderOptions),
    },
    {
      name: 'check',
      summary: 'say everything that is wrong, or that may be, with the rules',
      flags: [
        ...inputFlags(),
        ...hostFlags(),
        ...formatFlags(checkFormats),
        new Option('--strict', 'warnings are errors'),
        new Option('--kernel', 'load the rules in a throwaway network namespace too'),
        ...outputFlags(),
      ],
      example: 'natmap check --docker snapshot.json --strict --format github',
      run: async (options) => (await import('./commands/check.ts')).check(options as CheckOptions),
    },
    {
      name: 'diff',
      summary: 'show what apply would change: a unified diff of iptables-save, and a summary',
      flags: [
        ...inputFlags(),
        ...hostFlags(),
        ...liveFlags(),
        ...formatFlags(diffFormats),
        new Option('--origin', 'behind each rule, the entry that it comes from (text)'),
        new Option('--payload', 'print what iptables-restore would be given instead'),
        new Option('--max-bytes <bytes>', 'cut Markdown at a line to fit a comment')
          .argParser((text) => parseBytes(text, leastMarkdown))
          .default(60_000),
        ...outputFlags(),
      ],
      example: 'natmap diff --docker snapshot.json --live saved.v4 --live6 saved.v6',
      run: async (options) => (await import('./commands/diff.ts')).diff(options as DiffOptions),
    },
    {
      name: 'plan',
      summary: 'show what diff shows, and save it for natmap apply FILE',
      flags: [
        new Option('-o, --output <file>', 'where the plan goes').makeOptionMandatory(),
        ...inputFlags(),
        ...hostFlags(),
        ...liveFlags(),
        ...outputFlags(),
      ],
      example: 'natmap plan -o plan.json --docker snapshot.json && natmap apply plan.json',
      run: async (options) => (await import('./commands/plan.ts')).plan(options as PlanOptions),
    },
    {
      name: 'apply',
      changesHost: true,
      summary: 'make the live rules the wanted ones, or leave everything as it was',
      argument: new Argument('[file]', 'a plan that natmap plan saved, in place of the inputs'),
      flags: [
        ...inputFlags(),
        ...hostFlags(),
        new Option(
          '--confirm <seconds>',
          'go back unless natmap confirm follows in time, even when this session is gone',
        ).argParser((text) => parseSeconds(text, 1)),
        new Option(
          '--expect-digest <digest>',
          'refuse any plan but the one that natmap diff printed this digest of',
        ).argParser(parseDigest),
        new Option('--dry-run', 'show the diff and rehearse it, and write nothing'),
        ...stateFlags(),
        ...outputFlags(),
      ],
      example: 'natmap apply --docker snapshot.json --confirm 60',
      run: async (options, file) =>
        (await import('./commands/apply.ts')).apply(
          file as string | undefined,
          options as ApplyOptions,
        ),
    },
    {
      name: 'status',
      summary: 'say whether the live rules are the wanted ones, and what each mapping has counted',
      flags: [
        ...inputFlags(),
        ...hostFlags(),
        ...liveFlags(),
        new Option('--json', 'natmap.status/v1, see docs/status.md'),
        ...outputFlags(),
      ],
      example: 'natmap status --docker snapshot.json --json',
      run: async (options) =>
        (await import('./commands/status.ts')).status(options as StatusOptions),
    },
    {
      name: 'flush',
      changesHost: true,
      summary: 'remove every rule and chain of natmap; DOCKER-USER and all other rules stay',
      flags: [...hostFlags(), ...stateFlags(), ...outputFlags()],
      example: 'natmap flush --family ipv6',
      run: async (options) => (await import('./commands/flush.ts')).flush(options as FlushOptions),
    },
    {
      name: 'confirm',
      changesHost: true,
      summary: 'keep what apply --confirm has applied',
      flags: [...stateFlags(), ...outputFlags()],
      example: 'natmap confirm',
      run: async (options) =>
        (await import('./commands/confirm.ts')).confirm(options as ConfirmOptions),
    },
    {
      name: 'rollback',
      changesHost: true,
      summary: 'go back to the state before the last apply, or before the Nth last',
      argument: new Argument('[n]', 'by how many applies; natmap history counts them')
        .argParser(parseCount)
        .default(1),
      flags: [...hostFlags(), ...stateFlags(), ...outputFlags()],
      example: 'natmap rollback 2',
      run: async (options, back) =>
        (await import('./commands/rollback.ts')).rollback(
          back as number,
          options as TransactOptions,
        ),
    },
    {
      name: 'history',
      summary: 'list the applies on the record of this host, newest first',
      flags: [stateDirFlag(), new Option('--json', 'as JSON'), ...outputFlags()],
      example: 'natmap history',
      run: async (options) =>
        (await import('./commands/history.ts')).history(options as HistoryOptions),
    },
    {
      name: 'guard',
      hidden: true,
      changesHost: true,
      summary: 'go back to the state before the last apply unless somebody confirms it in time',
      flags: [
        stateDirFlag(),
        new Option('--seconds <seconds>').argParser((text) => parseSeconds(text, 1)),
        ...hostFlags(),
      ],
      example: 'natmap guard --seconds 60',
      run: async (options) => (await import('./commands/guard.ts')).guard(options as GuardOptions),
    },
    {
      name: 'snapshot',
      summary: 'ask the engine for its containers and networks, and print what rules need of them',
      flags: [
        new Option('-o, --output <file>', 'write it to this file instead'),
        engineFlag(),
        rulesFlag(),
        new Option(
          '--label <key>',
          'keep this label of containers, besides those that rules select by',
        )
          .argParser((key: string, keys: readonly string[]) => [...keys, key])
          .default([], 'none'),
        ...outputFlags(),
      ],
      example: 'natmap snapshot -o snapshot.json',
      run: async (options) =>
        (await import('./commands/snapshot.ts')).snapshot(options as SnapshotOptions),
    },
    {
      name: 'doctor',
      summary: 'say what on this host keeps mappings from working, and the command that mends it',
      flags: [
        ...inputFlags(),
        ...hostFlags(),
        ...liveFlags(),
        new Option('--json', 'print the findings as JSON'),
        ...outputFlags(),
      ],
      example: 'natmap doctor --docker snapshot.json',
      run: async (options) =>
        (await import('./commands/doctor.ts')).doctor(options as DoctorOptions),
    },
    {
      name: 'standing',
      hidden: true,
      summary: 'say what is there, and what to run next: what natmap alone does',
      flags: [...inputFlags(), ...hostFlags(), ...outputFlags()],
      example: 'natmap',
      run: async (options) =>
        (await import('./commands/standing.ts')).standing(options as StandingOptions),
    },
    {
      name: 'schema',
      summary: 'print the JSON Schema of rules.d files, for editors',
      flags: [],
      example: 'natmap schema > rules.schema.json',
      run: async () => (await import('./commands/schema.ts')).schema(),
    },
    {
      name: 'completion',
      summary: 'print what makes a shell complete the commands and flags of natmap',
      argument: new Argument('<shell>', 'the shell that is to read it').choices(shells),
      flags: [],
      example: 'natmap completion bash > /etc/bash_completion.d/natmap',
      run: async (_, shell) =>
        (await import('./commands/completion.ts')).completion(shell as Shell, commandSpecs()),
    },
    {
      name: 'man',
      hidden: true,
      summary: 'print a man page, for packages',
      argument: new Argument('<page>', 'the page').choices(manPages),
      flags: [],
      example: 'natmap man natmap.1 > natmap.1',
      run: async (_, page) =>
        (await import('./commands/man.ts')).man(page as ManPage, commandSpecs()),
    },
  ];
}
