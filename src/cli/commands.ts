// Every command: what it does, what it takes, and where its code is, which is loaded when it runs.
import { Option } from 'commander';
import type { ApplyOptions } from './commands/apply.ts';
import type { CheckOptions } from './commands/check.ts';
import type { DiffOptions } from './commands/diff.ts';
import type { FlushOptions } from './commands/flush.ts';
import type { RenderOptions } from './commands/render.ts';
import type { ExitCode } from './exit.ts';
import {
  type HostOptions,
  hostFlags,
  inputFlags,
  liveFlags,
  outputFlags,
  stateFlags,
} from './options.ts';

export interface CommandSpec {
  readonly name: string;
  readonly summary: string;
  /** Changes the host: its exit code tells what became of that, not of its words. */
  readonly changesHost?: true;
  /** Left out of the help: natmap runs it itself. */
  readonly hidden?: true;
  readonly flags: readonly Option[];
  /** A command line that works, for `--help`. */
  readonly example: string;
  /** `options` are what `flags` parse to. */
  run(options: unknown): Promise<ExitCode>;
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
        new Option('--strict', 'warnings are errors'),
        ...outputFlags(),
      ],
      example: 'natmap check --docker snapshot.json --strict',
      run: async (options) => (await import('./commands/check.ts')).check(options as CheckOptions),
    },
    {
      name: 'diff',
      summary: 'show what apply would change: a unified diff of iptables-save, and a summary',
      flags: [...inputFlags(), ...hostFlags(), ...liveFlags(), ...outputFlags()],
      example: 'natmap diff --docker snapshot.json --live saved.v4 --live6 saved.v6',
      run: async (options) => (await import('./commands/diff.ts')).diff(options as DiffOptions),
    },
    {
      name: 'apply',
      changesHost: true,
      summary: 'make the live rules the wanted ones, or leave everything as it was',
      flags: [...inputFlags(), ...hostFlags(), ...stateFlags(), ...outputFlags()],
      example: 'natmap apply --docker snapshot.json',
      run: async (options) => (await import('./commands/apply.ts')).apply(options as ApplyOptions),
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
      name: 'kernel-form',
      hidden: true,
      summary: 'load the payload on stdin in a throwaway namespace and print iptables-save',
      flags: hostFlags(),
      example: 'unshare -n natmap kernel-form --family ipv4',
      run: async (options) =>
        (await import('./commands/kernel-form.ts')).kernelForm(options as HostOptions),
    },
    {
      name: 'schema',
      summary: 'print the JSON Schema of rules.d files, for editors',
      flags: [],
      example: 'natmap schema > rules.schema.json',
      run: async () => (await import('./commands/schema.ts')).schema(),
    },
  ];
}
