// Completion for bash 4.2 or newer, with or without the bash-completion package.
import type { CompletedCommand, CompletedFlag, Value } from './words.ts';

export function bashCompletion(commands: readonly CompletedCommand[]): string {
  return `# natmap completion bash

_natmap_words() { mapfile -t COMPREPLY < <(compgen -W "$1" -- "$current"); }

_natmap_paths() {
  compopt -o filenames 2>/dev/null
  mapfile -t -O "\${#COMPREPLY[@]}" COMPREPLY < <(compgen "$1" -- "$current")
}

_natmap() {
  local current=\${COMP_WORDS[COMP_CWORD]} flag=\${COMP_WORDS[COMP_CWORD-1]}
  # --flag=value comes as three words.
  if [[ $current == = ]]; then
    current=
  elif [[ $flag == = ]]; then
    flag=\${COMP_WORDS[COMP_CWORD-2]}
  fi
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    _natmap_words '${commands.map(({ name }) => name).join(' ')} --help --version'
    return
  fi
  case \${COMP_WORDS[1]} in
${commands.map(commandCase).join('\n')}
  esac
}

complete -F _natmap natmap
`;
}

function commandCase({ name, argument, flags }: CompletedCommand): string {
  const taking = flags.filter(({ value }) => value.kind !== 'none');
  const cases = taking.map(
    (flag) => `      ${spellings(flag).join(' | ')}) ${actions(flag.value)}return ;;`,
  );
  const words = flags.flatMap(spellings).join(' ');
  return [
    `    ${name})`,
    ...(cases.length === 0 ? [] : ['      case $flag in', ...cases, '      esac']),
    `      if [[ $current == -* ]]; then _natmap_words '${words}'; else ${actions(argument) || ':; '}fi`,
    '      ;;',
  ].join('\n');
}

function spellings({ short, long }: CompletedFlag): string[] {
  return short === null ? [long] : [short, long];
}

/** Commands, each with a semicolon and a blank behind it. */
function actions(value: Value): string {
  switch (value.kind) {
    case 'words':
      return `_natmap_words '${value.words.join(' ')}'; `;
    case 'file':
      return `${value.words.length === 0 ? '' : `_natmap_words '${value.words.join(' ')}'; `}_natmap_paths -f; `;
    case 'folder':
      return '_natmap_paths -d; ';
    case 'program':
      return '_natmap_paths -c; ';
    case 'none':
    case 'free':
      return '';
  }
}
