// Completion in the shells themselves: what stands on the line after Tab was pressed.
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { commandSpecs } from '../../src/cli/commands.ts';
import { shells } from '../../src/cli/completion/shell.ts';
import { completedCommands } from '../../src/cli/completion/words.ts';
import { natmapPath } from '../support/natmap.ts';
import { mustRun } from '../support/process.ts';
import { isAbsent } from '../support/programs.ts';
import { createWorkspace, type Workspace } from '../support/workspace.ts';

const files = { 'rules with blank/a.yaml': '', 'snapshot.json': '[]', 'saved.v4': '' };

/** What is typed, and the words that natmap is then given. */
const lines: readonly (readonly [string, string])[] = [
  ['natmap chec\t--stri\t', '<check><--strict>'],
  ['natmap diff --family ipv6\t--live sav\t', '<diff><--family><ipv6><--live><saved.v4>'],
  [
    'natmap render --docker sn\t--rules rules\t',
    '<render><--docker><snapshot.json><--rules><rules with blank>',
  ],
  ['natmap diff --docker l\t', '<diff><--docker><live>'],
  ['natmap completion fi\t', '<completion><fish>'],
  ['natmap apply saved\t', '<apply><saved.v4>'],
  ['natmap help rol\t', '<help><rollback>'],
];

/** A stand-in for natmap that shows its arguments. */
const standIn = `natmap() { printf '<%s>' "$@"; echo; }`;

async function completionFile(workspace: Workspace, shell: string): Promise<string> {
  workspace.write({
    [`.natmap.${shell}`]: await mustRun(process.execPath, [natmapPath, 'completion', shell]),
  });
  return workspace.file(`.natmap.${shell}`);
}

/** Types into an interactive shell on a terminal of its own, a line whenever the last was answered. */
async function typeInto(shell: string, cwd: string, typed: readonly string[]): Promise<string> {
  const command = shell === 'bash' ? 'bash --norc --noprofile -i' : 'zsh -f -i';
  const child = spawn('script', ['-qec', command, '/dev/null'], {
    cwd,
    env: { ...process.env, TERM: 'dumb', LC_ALL: 'C.UTF-8', HISTFILE: '' },
    stdio: 'pipe',
  });
  const output = text(child.stdout);
  let seen = '';
  child.stdout.on('data', (chunk) => {
    seen += chunk;
  });
  for (const [number, line] of [...typed, 'exit'].entries()) {
    child.stdin.write(number + 1 > typed.length ? 'exit\n' : `${line}\n`);
    if (number + 1 > typed.length) break;
    child.stdin.write(`echo do""ne${number}\n`);
    while (!seen.includes(`done${number}`)) await new Promise((next) => setTimeout(next, 20));
  }
  return output;
}

describe.skipIf(isAbsent('script'))('a shell on a terminal', () => {
  test.each([
    ['bash', ['bind "set enable-bracketed-paste off"']],
    ['zsh', ['autoload -U compinit; compinit -D -u']],
  ] as const)('%s completes commands, flags, values and files', async (shell, start) => {
    if (isAbsent(shell)) return;
    using workspace = createWorkspace(files);
    const source = `source ${await completionFile(workspace, shell)}`;
    const typed = lines.map(([line]) => line);
    const output = await typeInto(shell, workspace.path, [standIn, ...start, source, ...typed]);
    // zsh writes --flag=value, and takes the slash away again.
    const answers = output.split(/[\r\n]+/).filter((line) => /^<.*>$/.test(line));
    expect(answers.map((line) => line.replaceAll(/(--\w+)=/g, '$1><').replace('/>', '>'))).toEqual(
      lines.map(([, words]) => words),
    );
  });
});

describe.skipIf(isAbsent('fish'))('fish', () => {
  test.each([
    ['natmap chec', ['check']],
    ['natmap check --stri', ['--strict']],
    ['natmap diff --family ', ['all', 'ipv4', 'ipv6']],
    ['natmap diff --live sav', ['saved.v4']],
    ['natmap diff --docker l', ['live']],
    ['natmap render --rules rules', ['rules with blank/']],
    ['natmap completion ', ['bash', 'fish', 'zsh']],
    ['natmap help rol', ['rollback']],
  ])('%s', async (line, expected) => {
    using workspace = createWorkspace(files);
    const script = `source ${await completionFile(workspace, 'fish')}; complete -C '${line}'`;
    const env = { HOME: workspace.path };
    const printed = await mustRun('fish', ['--no-config', '-c', script], {
      cwd: workspace.path,
      env,
    });
    const offered = printed
      .trim()
      .split('\n')
      .map((each) => each.split('\t')[0]);
    expect(offered).toEqual(expected);
  });
});

test.each(shells)('%s finds no fault in the syntax', async (shell) => {
  if (isAbsent(shell)) return;
  using workspace = createWorkspace();
  expect(await mustRun(shell, ['-n', await completionFile(workspace, shell)])).toBe('');
});

test('every flag that names a file or folder completes one', () => {
  const flags = completedCommands(commandSpecs()).flatMap(({ flags: own }) => own);
  const kinds = new Map(flags.map(({ long, value }) => [long, value.kind]));
  expect(kinds.get('--rules')).toBe('folder');
  expect(kinds.get('--live6')).toBe('file');
});
