/** The command line itself: help, version, mistakes. Nothing of it touches the host. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { commandSpecs } from '../../src/cli/commands.ts';
import { natmapPath, repository } from '../support/natmap.ts';
import { type Result, run } from '../support/process.ts';
import { createWorkspace } from '../support/workspace.ts';

const natmap = (...args: readonly string[]): Promise<Result> =>
  run(process.execPath, [natmapPath, ...args]);

const visible = commandSpecs().filter(({ hidden }) => !hidden);
const hidden = commandSpecs().filter((spec) => spec.hidden);

test('--version is that of the package', async () => {
  const { version } = JSON.parse(readFileSync(`${repository}package.json`, 'utf8'));
  expect(await natmap('--version')).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
});

test('--help lists what people run, and nothing that natmap runs itself', async () => {
  const { code, stdout } = await natmap('--help');
  for (const { name } of visible) expect(stdout).toMatch(new RegExp(`^  ${name} `, 'm'));
  for (const { name } of hidden) expect(stdout).not.toMatch(new RegExp(`^  ${name} `, 'm'));
  expect(code).toBe(0);
});

test.each(visible)('$name --help ends in an example', async ({ name, example }) => {
  const { code, stdout } = await natmap(name, '--help');
  expect(stdout.trimEnd()).toMatch(/\nExample:\n {2}\S.*$/);
  expect(stdout).toContain(example);
  expect(code).toBe(0);
});

describe('a mistake is reported, with what would be right, and exit code 2', () => {
  test.each<[args: string, says: RegExp]>([
    ['dif', /unknown command 'dif'\n\(Did you mean diff\?\)/],
    ['diff --familly ipv4', /unknown option '--familly'\n\(Did you mean --family\?\)/],
    ['diff --family ipv5', /Allowed choices are ipv4, ipv6, all/],
    ['diff --backend', /argument missing/],
    ['diff more', /too many arguments/],
    ['check --live x', /unknown option '--live'/],
  ])('%s', async (args, says) => {
    const { code, stdout, stderr } = await natmap(...args.split(' '));
    expect(stderr).toMatch(says);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });
});

test('the one file runs by itself, wherever it is put', async () => {
  using files = createWorkspace({ 'natmap.js': readFileSync(natmapPath, 'utf8') });
  const inputs = ['--rules', `${repository}rules.d`, '--docker', `${repository}snapshot.json`];
  const { code, stdout } = await run(process.execPath, [
    files.file('natmap.js'),
    'check',
    ...inputs,
  ]);
  expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('no errors') });
});

test('schema prints the schema that is checked in', async () => {
  const { stdout } = await natmap('schema');
  expect(stdout).toBe(readFileSync(`${repository}schema/rules.schema.json`, 'utf8'));
});

test('render -o writes what render prints, a file for each family', async () => {
  using files = createWorkspace();
  const inputs = ['--rules', `${repository}rules.d`, '--docker', `${repository}snapshot.json`];
  const { code, stdout, stderr } = await natmap('render', ...inputs, '-o', files.file('out'));
  expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
  for (const [name, family] of [
    ['rules.v4', 'ipv4'],
    ['rules.v6', 'ipv6'],
  ] as const) {
    const printed = await natmap('render', ...inputs, '--family', family);
    expect(readFileSync(files.file(`out/${name}`), 'utf8')).toBe(printed.stdout);
    expect(stderr).toContain(`wrote ${files.file(`out/${name}`)}`);
  }
});
