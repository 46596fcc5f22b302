import { chmodSync } from 'node:fs';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { dockerInspect } from '../support/docker.ts';
import { validJson } from '../support/json-schema.ts';
import { createWorkspace } from '../support/workspace.ts';
import { natmap } from './program.ts';

vi.setConfig({ testTimeout: 60_000 });

const sound = 'dnat: [{ext_ip: 203.0.113.43, int_ip: 10.0.0.101, ports: 25}]\n';

const files = createWorkspace({
  'sound/10-mail.yaml': sound,
  'lint/10-mail.yaml': sound.replace('25}', '22}'),
  'bad/10-mail.yaml': sound.replace('25}', '70000}'),
});
afterAll(() => files[Symbol.dispose]());

function check(folder: string, ...args: string[]) {
  return natmap(['check', '--rules', folder, ...args], { cwd: files.path });
}

describe('check ends with', () => {
  test.each<[code: number, folder: string, args: string[]]>([
    [0, 'sound', ['--strict']],
    [0, 'lint', []],
    [2, 'lint', ['--strict']],
    [2, 'bad', []],
    [2, 'none', []],
  ])('%i for %s %j, in every format', async (code, folder, args) => {
    for (const format of ['text', 'json', 'github', 'sarif']) {
      const result = await check(folder, '--format', format, ...args);
      expect(result.code, format).toBe(code);
      const said = code === 0 ? /^(?!error)/ : /error: 1 error\n {4}hint: fix/;
      expect(result.stderr).toMatch(said);
    }
  });
});

test('text goes to stderr, and what was compiled to stdout', async () => {
  expect(await check('lint')).toEqual({
    code: 0,
    stdout: '1 mapping, 4 rules; 1 warning\n',
    stderr: expect.stringMatching(/^lint\/10-mail\.yaml:1:58: warning: .*\[open-admin-port\]\n/),
  });
});

test('--strict makes warnings errors, also where nothing but errors is reported', async () => {
  const { stdout } = await check('lint', '--strict', '--format', 'github');
  expect(stdout).toMatch(/^::error file=lint\/10-mail\.yaml,.*title=open-admin-port::/);
  const { stderr } = await check('lint', '--strict', '-q');
  expect(stderr).toMatch(/^lint\/10-mail\.yaml:1:58: error: .*\[open-admin-port\]\n/);
});

test('--quiet leaves errors', async () => {
  expect(await check('lint', '-q')).toEqual({ code: 0, stdout: '', stderr: '' });
});

// Docker takes a name of any length.
describe('of a container name of a megabyte no more is said than helps', () => {
  const docker = dockerInspect({
    name: 'a'.repeat(1_000_000),
    networks: { front: { ipv4: '172.18.0.2' } },
  });
  const rules = (container: string) => `docker: [{container: ${container}, ports: ["8080:80"]}]\n`;
  files.write({
    empty: '',
    'long.json': docker,
    'unknown/a.yaml': rules('web'),
    'by-id/a.yaml': rules('c01'),
    'elsewhere/a.yaml': rules('c01, network: back'),
  });
  const live = ['--live', 'empty', '--live6', 'empty'];

  test.each([
    ['check', 'unknown', []],
    ['check', 'elsewhere', []],
    ['check', 'by-id', []],
    ['status', 'by-id', live],
    ['diff', 'by-id', [...live, '--format', 'markdown']],
  ])('%s of %s', async (command, folder, args) => {
    const inputs = ['--rules', folder, '--docker', 'long.json'];
    const { stdout, stderr } = await natmap([command, ...inputs, ...args], { cwd: files.path });
    expect(stdout.length + stderr.length).toBeGreaterThan(50);
    expect(stdout.length + stderr.length).toBeLessThan(8000);
  });
});

test('JSON is valid against its schema, and --json asks for it', async () => {
  const { stdout } = await check('bad', '--format', 'json');
  expect(validJson(stdout)).toMatchObject({ errors: 1, warnings: 0, rules: 0 });
  expect((await check('bad', '--json')).stdout).toBe(stdout);
});

test('annotations are all that stdout holds', async () => {
  const { stdout } = await check('bad', '--format', 'github');
  expect(stdout).toMatch(/^::error file=bad\/10-mail\.yaml,line=1,.*\n$/);
});

test('an unknown format is bad usage, and the known ones are named', async () => {
  const { code, stderr } = await check('sound', '--format', 'xml');
  expect(code).toBe(2);
  expect(stderr).toContain('Allowed choices are text, json, github, sarif.');
});

describe('files that everyone can write to are a warning', () => {
  test.each([
    ['the folder', '.', /^warning: everyone on this host can write to open/m],
    [
      'a file in it',
      '10-mail.yaml',
      /^open\/10-mail\.yaml:1:1: warning: everyone .* write to open/m,
    ],
  ])('%s', async (_, name, said) => {
    files.write({ 'open/10-mail.yaml': sound });
    const path = files.file(`open/${name}`);
    chmodSync(path, 0o777);
    expect((await check('open')).stderr).toMatch(said);
    chmodSync(path, 0o775);
    expect((await check('open')).stderr).toBe('');
  });
});

test('lint is quiet in the other commands', async () => {
  const { stderr } = await natmap(['render', '--rules', 'lint'], { cwd: files.path });
  expect(stderr).toBe('');
});
