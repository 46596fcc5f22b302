// The words of natmap's command line, as a completion needs them: taken from the same table that
// the command line is parsed by.
import type { Argument, Option } from 'commander';
import type { CommandSpec } from '../commands.ts';

/** What can follow a flag, or stand as an argument. */
export type Value =
  | { readonly kind: 'none' }
  | { readonly kind: 'words'; readonly words: readonly string[] }
  /** `words` are what is understood besides the name of a file. */
  | { readonly kind: 'file'; readonly words: readonly string[] }
  | { readonly kind: 'folder' | 'program' | 'free' };

export interface CompletedFlag {
  /** `-o`, or null. */
  readonly short: string | null;
  readonly long: string;
  readonly description: string;
  readonly isRepeatable: boolean;
  readonly value: Value;
}

export interface CompletedCommand {
  readonly name: string;
  readonly summary: string;
  readonly argument: Value;
  readonly flags: readonly CompletedFlag[];
}

export function completedCommands(specs: readonly CommandSpec[]): readonly CompletedCommand[] {
  const shown = specs.filter(({ hidden }) => !hidden);
  const commands = shown.map(({ name, summary, argument, flags }) => ({
    name,
    summary,
    argument: argument === undefined ? none : operandOf(argument, argument.name()),
    flags: [...flags.map(completedFlag), helpFlag],
  }));
  const words = shown.map(({ name }) => name);
  const help = { name: 'help', summary: 'more about one command', flags: [] };
  return [...commands, { ...help, argument: { kind: 'words', words } }];
}

const none: Value = { kind: 'none' };

const helpFlag: CompletedFlag = {
  short: '-h',
  long: '--help',
  description: 'say what the command takes',
  isRepeatable: false,
  value: none,
};

function completedFlag(option: Option): CompletedFlag {
  const placeholder = /<([\w-]+)>/.exec(option.flags)?.[1];
  return {
    short: option.short ?? null,
    long: option.long ?? '',
    description: option.description,
    isRepeatable: Array.isArray(option.defaultValue),
    value: placeholder === undefined ? none : operandOf(option, placeholder),
  };
}

/** What the help calls `<dir>`, `<file>` and so on is what is completed. */
function operandOf({ argChoices }: Option | Argument, placeholder: string): Value {
  if (argChoices !== undefined) return { kind: 'words', words: argChoices };
  switch (placeholder) {
    case 'dir':
      return { kind: 'folder' };
    case 'file':
      return { kind: 'file', words: [] };
    case 'source':
      return { kind: 'file', words: ['live'] };
    case 'program':
      return { kind: 'program' };
    default:
      return { kind: 'free' };
  }
}
