// Every command: what it does and what it takes.
import { Argument, Option } from 'commander';
import { checkFormats, diffFormats } from '../app/options.ts';
import { shells } from './completion/shell.ts';
import {
  backendFlag,
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
  takeOverFlag,
} from './flags.ts';
import { manPages } from './man/page.ts';
import type { CommandName } from './runners.ts';

export interface CommandSpec {
  readonly name: CommandName;
  readonly summary: string;
  /** Changes the host: its exit code tells what became of that, not of its words. */
  readonly changesHost?: true;
  /** Left out of the help: natmap runs it itself. */
  readonly hidden?: true;
  readonly argument?: Argument;
  readonly flags: readonly Option[];
  /** A command line that works, for `--help`. */
  readonly example: string;
}

export function commandSpecs(): readonly CommandSpec[] {
  return [
    {
      name: 'render',
      summary: 'print the desired rules as iptables-save text; needs no root and no iptables',
      flags: [
        ...inputFlags(),
        ...hostFlags(),
        new Option('-o, --output <dir>', 'write rules.v4 and rules.v6 to this folder instead'),
        ...outputFlags(),
      ],
      example: 'natmap render --docker snapshot.json --family ipv4',
    },
    {
      name: 'check',
      summary: 'validate the rules and report errors and warnings',
      flags: [
        ...inputFlags(),
        ...hostFlags(),
        ...formatFlags(checkFormats),
        new Option('--strict', 'treat warnings as errors'),
        new Option('--kernel', 'also load the rules in a throwaway network namespace'),
        ...outputFlags(),
      ],
      example: 'natmap check --docker snapshot.json --strict --format github',
    },
    {
      name: 'diff',
      summary: 'show what apply would change: a unified diff of iptables-save, and a summary',
      flags: [
        ...inputFlags(),
        ...hostFlags(),
        ...liveFlags(),
        ...formatFlags(diffFormats),
        new Option('--origin', 'print the entry that each rule comes from behind it (text)'),
        new Option('--payload', 'print the input of iptables-restore instead'),
        new Option('--max-bytes <bytes>', 'truncate Markdown at a line end to fit a comment')
          .argParser((text) => parseBytes(text, leastMarkdown))
          .default(60_000),
        ...outputFlags(),
      ],
      example: 'natmap diff --docker snapshot.json --live saved.v4 --live6 saved.v6',
    },
    {
      name: 'plan',
      summary: 'show what diff shows and save it for natmap apply FILE',
      flags: [
        new Option('-o, --output <file>', 'write the plan to this file').makeOptionMandatory(),
        ...inputFlags(),
        ...hostFlags(),
        ...liveFlags(),
        ...outputFlags(),
      ],
      example: 'natmap plan -o plan.json --docker snapshot.json && natmap apply plan.json',
    },
    {
      name: 'apply',
      changesHost: true,
      summary: 'apply the rules atomically; on failure, restore the previous state',
      argument: new Argument(
        '[file]',
        'apply this plan, saved by natmap plan, instead of the inputs',
      ),
      flags: [
        ...inputFlags(),
        ...hostFlags(),
        new Option(
          '--confirm <seconds>',
          'roll back after this many seconds unless natmap confirm is run, even if the session is lost',
        ).argParser((text) => parseSeconds(text, 1)),
        new Option(
          '--expect-digest <digest>',
          'reject any plan except the one with this digest, as natmap diff prints it',
        ).argParser(parseDigest),
        takeOverFlag(),
        new Option('--dry-run', 'show the diff and run the preflight, but change nothing'),
        ...stateFlags(),
        ...outputFlags(),
      ],
      example: 'natmap apply --docker snapshot.json --confirm 60',
    },
    {
      name: 'status',
      summary: 'compare the live rules with the desired state and show counters per mapping',
      flags: [
        ...inputFlags(),
        ...hostFlags(),
        ...liveFlags(),
        new Option('--json', 'print natmap.status/v1 JSON, see docs/status.md'),
        ...outputFlags(),
      ],
      example: 'natmap status --docker snapshot.json --json',
    },
    {
      name: 'flush',
      changesHost: true,
      summary: 'remove all rules and chains owned by natmap; DOCKER-USER and all other rules stay',
      flags: [...hostFlags(), takeOverFlag(), ...stateFlags(), ...outputFlags()],
      example: 'natmap flush --family ipv6',
    },
    {
      name: 'confirm',
      changesHost: true,
      summary: 'keep the rules that apply --confirm applied',
      flags: [...stateFlags(), ...outputFlags()],
      example: 'natmap confirm',
    },
    {
      name: 'rollback',
      changesHost: true,
      summary: 'roll back to the state before the last apply, or before the Nth last',
      argument: new Argument('[n]', 'number of applies to roll back; natmap history numbers them')
        .argParser(parseCount)
        .default(1),
      flags: [...hostFlags(), ...stateFlags(), ...outputFlags()],
      example: 'natmap rollback 2',
    },
    {
      name: 'history',
      summary: 'list the applies recorded on this host, newest first',
      flags: [stateDirFlag(), new Option('--json', 'print JSON'), ...outputFlags()],
      example: 'natmap history',
    },
    {
      name: 'guard',
      hidden: true,
      changesHost: true,
      summary: 'revert an apply unless it is confirmed in time',
      flags: [
        stateDirFlag(),
        new Option('--seconds <seconds>').argParser((text) => parseSeconds(text, 1)),
        new Option('--id <id>', 'the name of its wait'),
        new Option('--record <digest>', 'the digest of its record'),
        new Option('--applier <json>', 'the identity of its process').argParser((text): unknown =>
          JSON.parse(text),
        ),
        new Option('--made <json>', 'what it makes outside of natmap-owned chains, by family')
          .argParser((text): unknown => JSON.parse(text))
          .default([]),
        backendFlag(),
      ],
      example: 'natmap guard --seconds 60',
    },
    {
      name: 'snapshot',
      summary: 'query the engine for containers and networks and print a snapshot',
      flags: [
        new Option('-o, --output <file>', 'write the snapshot to this file instead'),
        engineFlag(),
        rulesFlag(),
        new Option(
          '--label <key>',
          'include this container label in addition to those that rules select by',
        )
          .argParser((key: string, keys: readonly string[]) => [...keys, key])
          .default([], 'none'),
        ...outputFlags(),
      ],
      example: 'natmap snapshot -o snapshot.json',
    },
    {
      name: 'doctor',
      summary: 'diagnose why mappings do not work on this host and suggest fixes',
      flags: [
        ...inputFlags(),
        ...hostFlags(),
        ...liveFlags(),
        new Option('--json', 'print the findings as JSON'),
        ...outputFlags(),
      ],
      example: 'natmap doctor --docker snapshot.json',
    },
    {
      name: 'standing',
      hidden: true,
      summary: 'show an overview and the next command to run: natmap without a command',
      flags: [...inputFlags(), ...hostFlags(), stateDirFlag(), ...outputFlags()],
      example: 'natmap',
    },
    {
      name: 'schema',
      summary: 'print the JSON Schema of rules.d files, for editors',
      flags: [],
      example: 'natmap schema > rules.schema.json',
    },
    {
      name: 'completion',
      summary: 'print a shell completion script',
      argument: new Argument('<shell>', 'the shell').choices(shells),
      flags: [],
      example: 'source <(natmap completion bash)',
    },
    {
      name: 'man',
      hidden: true,
      summary: 'print a man page, for packages',
      argument: new Argument('<page>', 'the page').choices(manPages),
      flags: [],
      example: 'natmap man natmap.1 > natmap.1',
    },
  ];
}
