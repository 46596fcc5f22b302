// Every command: what it does and what it takes.
import { Argument, Option } from 'commander';
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
import { checkFormats, diffFormats } from './options.ts';
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
      summary: 'print the rules wanted, as iptables-save text; needs no root and no iptables',
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
        takeOverFlag(),
        new Option('--dry-run', 'show the diff and rehearse it, and write nothing'),
        ...stateFlags(),
        ...outputFlags(),
      ],
      example: 'natmap apply --docker snapshot.json --confirm 60',
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
    },
    {
      name: 'flush',
      changesHost: true,
      summary: 'remove every rule and chain of natmap; DOCKER-USER and all other rules stay',
      flags: [...hostFlags(), takeOverFlag(), ...stateFlags(), ...outputFlags()],
      example: 'natmap flush --family ipv6',
    },
    {
      name: 'confirm',
      changesHost: true,
      summary: 'keep what apply --confirm has applied',
      flags: [...stateFlags(), ...outputFlags()],
      example: 'natmap confirm',
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
    },
    {
      name: 'history',
      summary: 'list the applies on the record of this host, newest first',
      flags: [stateDirFlag(), new Option('--json', 'as JSON'), ...outputFlags()],
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
    },
    {
      name: 'doctor',
      summary: 'say what on this host keeps mappings from working, and the command that fixes it',
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
      summary: 'say what is there, and what to run next: what natmap alone does',
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
      summary: 'print what makes a shell complete the commands and flags of natmap',
      argument: new Argument('<shell>', 'the shell that is to read it').choices(shells),
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
