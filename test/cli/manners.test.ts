/** How natmap behaves towards people and pipes, whatever the command. */
import { afterAll, describe, expect, test, vi } from 'vitest';
import { commandSpecs } from '../../src/cli/commands.ts';
import { natmapPath, repository } from '../support/natmap.ts';
import { type RunOptions, run } from '../support/process.ts';
import { createWorkspace } from '../support/workspace.ts';
import { natmap } from './program.ts';

// Programs are run, and rule sets are long.
vi.setConfig({ testTimeout: 60_000 });

const example = [
  '--docker',
  'snapshot.json',
  '--live',
  'examples/live.v4',
  '--live6',
  'examples/live.v6',
];

const many = Array.from(
  { length: 8000 },
  (_, index) => `  - {ext_ip: 203.0.113.43, int_ip: 10.0.0.101, ports: ${index + 10_000}}\n`,
);
const files = createWorkspace({ 'rules.d/10-many.yaml': `dnat:\n${many.join('')}` });
afterAll(() => files[Symbol.dispose]());

/** Runs the command line on a terminal of its own: what it wrote, both streams as they came. */
async function onTerminal(command: string, options: RunOptions = {}): Promise<string> {
  const env = { TERM: 'xterm', ...options.env };
  const args = ['--quiet', '--return', '--command', command, '/dev/null'];
  return (await run('script', args, { ...options, env })).stdout;
}

const natmapCommand = `${process.execPath} ${natmapPath}`;

describe('-v tells what is read', () => {
  test('by name, and the digest of the plan', async () => {
    const { stdout, stderr } = await natmap(['diff', ...example, '-v'], { cwd: repository });
    expect(stdout).toMatch(/^plan sha256:[0-9a-f]{64}$/m);
    expect(stderr.match(/^read [^:]+/gm)).toEqual([
      'read rules.d/10-mail.yaml',
      'read rules.d/20-web.yaml',
      'read rules.d/30-containers.yaml',
      'read snapshot.json',
      'read examples/live.v4',
      'read examples/live.v6',
    ]);
  });

  test('and -vv when', async () => {
    const { stderr } = await natmap(['diff', ...example, '-vv'], { cwd: repository });
    expect(stderr.match(/^\d+ ms: .*$/gm)?.map((line) => line.replace(/^\d+ ms: /, ''))).toEqual([
      'reading the rules',
      'compiling the mappings',
      'rendering the templates',
      'reading the live rules',
      'planning',
      'comparing',
    ]);
  });

  test('and without it nothing', async () => {
    const { stderr } = await natmap(['diff', ...example], { cwd: repository });
    expect(stderr).toBe('');
  });
});

test('-v tells which programs are run, and -vv with their arguments', async () => {
  files.write({ 'bin/iptables': '#!/bin/sh\nexit 7\n' });
  await run('chmod', ['755', files.file('bin/iptables')]);
  const env = { PATH: `${files.file('bin')}:${process.env.PATH}` };
  const args = ['diff', '--allow-empty', '--rules', 'none'];
  const options = { cwd: files.path, env };
  expect((await natmap([...args, '-v'], options)).stderr).toMatch(
    /^ran iptables: \d+ ms, exit code 7$/m,
  );
  expect((await natmap([...args, '-vv'], options)).stderr).toMatch(/^ {2}iptables --version$/m);
});

test('NO_COLOR goes before FORCE_COLOR without a word about it', async () => {
  const env = { NO_COLOR: '1', FORCE_COLOR: '1' };
  const { stdout, stderr } = await natmap(['diff', ...example], { cwd: repository, env });
  expect(stdout).not.toContain('\u001b');
  expect(stderr).toBe('');
});

describe('progress', () => {
  const render = `${natmapCommand} render --output out`;

  test('is shown on a terminal for what takes long, and goes again', async () => {
    const shown = await onTerminal(render, { cwd: files.path });
    expect(shown).toMatch(/\r\u001b\[K.*reading the rules …/);
    expect(shown).toMatch(/rendering the templates …/);
    // The last word has a line of its own.
    expect(shown).toMatch(/\r\u001b\[Kwrote out\/rules\.v4\r\n/);
  });

  test('is not shown with --quiet', async () => {
    expect(await onTerminal(`${render} --quiet`, { cwd: files.path })).toBe('');
  });

  test('is not shown for what is quick', async () => {
    const shown = await onTerminal(`${natmapCommand} schema`, { cwd: files.path });
    expect(shown).not.toContain('\u001b');
  });

  test('is not shown in a pipe', async () => {
    const { stderr } = await natmap(['render', '--output', 'out'], { cwd: files.path });
    expect(stderr).toBe('wrote out/rules.v4\nwrote out/rules.v6\n');
  });
});

describe('every error ends with what to do next', () => {
  test.each<[args: string[], next: RegExp]>([
    [['chek'], /\(Did you mean check\?\)\n\(natmap --help lists the commands\)\n$/],
    [['check', '--formt'], /\(Did you mean --format\?\)\n\n?\(natmap check --help says more\)\n$/],
    [['check', '--rules', '/nowhere'], / {4}hint: fix the errors above.*\n$/],
    [['check', '--rules', '/etc/passwd'], / {4}hint: name a folder\n$/],
    [['check', '--docker', '/nowhere'], / {4}hint: correct the name, or make the file\n$/],
    [
      ['diff', ...example.slice(0, 2), '--live', 'package.json'],
      / {4}hint: this is not what iptables-save prints\n$/,
    ],
    [
      ['render', '--rules', 'test/cases/errors-conflict/rules.d'],
      / {4}hint: fix the errors above.*\n$/,
    ],
  ])('%j', async (args, next) => {
    const { code, stderr } = await natmap(args, { cwd: repository });
    expect(code).toBe(2);
    expect(stderr).toMatch(next);
  });
});

test('an error that quotes a live rule cannot steer the terminal', async () => {
  const broken = 'natmap:\u202e\u001b[31m\nx';
  const nat = `*nat\n:PREROUTING ACCEPT\n-A PREROUTING -m comment --comment "${broken}" -j ACCEPT\nCOMMIT\n`;
  files.write({ 'live\u200f.v4': nat, 'strange.v4': '*nat\u001b[2J\n' });
  const diff = ['diff', '--allow-empty', '--rules', 'none', '--family', 'ipv4', '--live'];
  const unlike = await natmap([...diff, 'strange.v4'], { cwd: files.path });
  expect(unlike.stderr).toContain('strange.v4:1:1: unknown table nat\\u001b[2J\n');
  const { stderr } = await natmap([...diff, 'live\u200f.v4', '--payload'], { cwd: files.path });
  expect(stderr).toContain(String.raw`natmap:\u202e\u001b[31m\nx`);
  const unread = await natmap([...diff, 'none\u200f\nx'], { cwd: files.path });
  expect(unread.stderr).toContain(String.raw`error: none\u200f\u000ax: no such file`);
});

describe('on a narrow terminal prose is wrapped between words', () => {
  const narrow = (command: string) =>
    onTerminal(`stty cols 60; ${natmapCommand} ${command} --color never`, { cwd: repository });

  test.each([
    ['a hint', 'check --rules /nowhere'],
    ['a hint of a diagnostic', 'check --rules test/cases/errors-conflict/rules.d'],
    [
      'a finding of doctor',
      'doctor --docker snapshot.json --live examples/live.v4 --live6 examples/live.v6',
    ],
  ])('%s', async (_, command) => {
    const lines = (await narrow(command)).split('\r\n');
    const first = lines.findIndex((line) => /^ {4}(hint|[A-Z])/.test(line));
    expect(lines[first + 1]).toMatch(/^ {4}[a-z-]/);
    expect(Math.max(...lines.slice(first, first + 2).map((line) => line.length))).toBeLessThan(61);
  });
});

test('no help is wider than 80 columns', async () => {
  for (const { name } of [{ name: '' }, ...commandSpecs()]) {
    const { stdout } = await natmap(name === '' ? ['--help'] : [name, '--help']);
    expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
  }
});

test('a reader that goes away ends natmap quietly', async () => {
  const command = `${natmapCommand} render --family ipv4 | head -n 1`;
  const piped = await run('bash', ['-c', `${command}; echo "\${PIPESTATUS[0]}"`], {
    cwd: files.path,
  });
  expect(piped).toEqual({ code: 0, stdout: '*filter\n0\n', stderr: '' });
});

test.each([
  ['a command', ['ch\u200beck\u202e']],
  ['a flag', ['check', '--ch\u200beck\u202e']],
  ['the value of a flag', ['check', '--format', 'ch\u200beck\u202e']],
  ['a state folder', ['history', '--state-dir', 'ch\u200beck\u202e']],
])('what is not seen in %s on the command line is shown as an escape', async (_, args) => {
  const { stderr } = await natmap(args, { cwd: files.path });
  expect(stderr).toContain(String.raw`ch\u200beck\u202e`);
});
