// Completion for fish 3: complete(1).
import type { CompletedCommand, CompletedFlag, Value } from './words.ts';

export function fishCompletion(commands: readonly CompletedCommand[]): string {
  return [
    '# natmap completion fish',
    'complete -c natmap -f',
    'complete -c natmap -n __fish_use_subcommand -l version -d "print the version"',
    ...commands.flatMap(commandLines),
    '',
  ].join('\n');
}

function commandLines({ name, summary, argument, flags }: CompletedCommand): string[] {
  const here = `complete -c natmap -n '__fish_seen_subcommand_from ${name}'`;
  return [
    `complete -c natmap -n __fish_use_subcommand -a ${name} -d ${quote(summary)}`,
    ...(argument.kind === 'none' ? [] : [`${here}${operand(argument)}`]),
    ...flags.map(
      (flag) => `${here}${spellings(flag)}${operand(flag.value)} -d ${quote(flag.description)}`,
    ),
  ];
}

function spellings({ short, long, value }: CompletedFlag): string {
  const takes = value.kind === 'none' ? '' : ' -r';
  return `${short === null ? '' : ` -s ${short.slice(1)}`} -l ${long.slice(2)}${takes}`;
}

function operand(value: Value): string {
  switch (value.kind) {
    case 'words':
      return ` -f -a '${value.words.join(' ')}'`;
    case 'file':
      return ` -F${value.words.length === 0 ? '' : ` -a '${value.words.join(' ')}'`}`;
    case 'folder':
      return " -f -a '(__fish_complete_directories)'";
    case 'program':
      return " -f -a '(__fish_complete_command)'";
    case 'free':
      return ' -f';
    case 'none':
      return '';
  }
}

function quote(text: string): string {
  return `'${text.replace(/['\\]/g, '\\$&')}'`;
}
