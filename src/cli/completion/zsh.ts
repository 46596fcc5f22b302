// Completion for zsh, as a file on the fpath or as a text to source: zshcompsys(1).
import type { CompletedCommand, CompletedFlag, Value } from './words.ts';

export function zshCompletion(commands: readonly CompletedCommand[]): string {
  return `#compdef natmap
# natmap completion zsh

_natmap_file_or() { _alternative "words:word:($*)" 'files:file:_files' }

_natmap() {
  local -a commands=(
${commands.map(({ name, summary }) => `    ${quote(`${name}:${summary.replaceAll(':', '\\:')}`)}`).join('\n')}
  )
  if ((CURRENT == 2)); then
    _describe -t commands command commands
    return
  fi
  local command=$words[2]
  shift words
  ((CURRENT--))
  case $command in
${commands.map(commandCase).join('\n')}
  esac
}

if [[ $funcstack[1] == _natmap ]]; then
  _natmap "$@"
else
  compdef _natmap natmap
fi
`;
}

function commandCase({ name, argument, flags }: CompletedCommand): string {
  const specs = flags.flatMap(flagSpecs);
  if (argument.kind !== 'none') specs.push(quote(`1:argument:${action(argument)}`));
  return [`    ${name})`, `      _arguments ${specs.join(' \\\n        ')}`, '      ;;'].join('\n');
}

/** One for each spelling, so that either keeps the other from being offered again. */
function flagSpecs({ short, long, description, isRepeatable, value }: CompletedFlag): string[] {
  const all = short === null ? [long] : [short, long];
  const prefix = isRepeatable ? '*' : `(${all.join(' ')})`;
  const text = `[${description.replace(/[[\]\\:]/g, '\\$&')}]`;
  const operand = value.kind === 'none' ? '' : `:${long.slice(2)}:${action(value)}`;
  return all.map((spelling) => {
    const joint = operand === '' || spelling === short ? '' : '=';
    return quote(`${prefix}${spelling}${joint}${text}${operand}`);
  });
}

/** A blank in front keeps _arguments from adding arguments of its own. */
function action(value: Value): string {
  switch (value.kind) {
    case 'words':
      return `(${value.words.join(' ')})`;
    case 'file':
      return value.words.length === 0 ? '_files' : ` _natmap_file_or ${value.words.join(' ')}`;
    case 'folder':
      return '_files -/';
    case 'program':
      return '_command_names -e';
    case 'none':
    case 'free':
      return ' ';
  }
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
