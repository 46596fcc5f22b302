/** Which rules count: an empty set removes every rule, so nobody may get one by mistake. */
import { chmodSync, readFileSync } from 'node:fs';
import { describe, expect, onTestFinished, test } from 'vitest';
import { repository } from '../support/natmap.ts';
import { createWorkspace, type Workspace } from '../support/workspace.ts';
import { natmap } from './program.ts';

function workspace(files: Readonly<Record<string, string>>): Workspace {
  const made = createWorkspace({ 'live.v4': '', 'live.v6': '', ...files });
  onTestFinished(() => made[Symbol.dispose]());
  return made;
}

const live = ['--live', 'live.v4', '--live6', 'live.v6'];
const mail = 'dnat: [{ext_ip: 203.0.113.43, int_ip: 10.0.0.101, ports: 25}]\n';

describe('rules in which no entry counts are an error', () => {
  test.each<[what: string, files: Readonly<Record<string, string>>]>([
    [
      "the package's example",
      { 'a.yaml': readFileSync(`${repository}packaging/example.yaml`, 'utf8') },
    ],
    ['an empty file', { 'a.yaml': '' }],
    ['sections without entries', { 'a.yaml': 'dnat: []\nsnat:\n' }],
    ['an entry that is not enabled', { 'a.yaml': mail.replace('}', ', enabled: false}') }],
    ['two files of comments', { 'a.yaml': '# a\n', 'b.yaml': '# b\n' }],
  ])('%s', async (_, files) => {
    const named = Object.entries(files).map(([name, text]) => [`rules.d/${name}`, text]);
    const { path: cwd } = workspace(Object.fromEntries(named));
    for (const command of [['check'], ['render'], ['diff', ...live], ['apply']]) {
      const { code, stderr } = await natmap(command, { cwd });
      expect(stderr).toContain('no entry counts here');
      expect(stderr).toContain('natmap flush');
      expect(stderr).toContain('[no-rules]');
      expect(code).toBe(2);
    }
    const empty = await natmap(['diff', ...live, '--allow-empty'], { cwd });
    expect(empty).toMatchObject({ code: 1, stderr: '' });
  });

  test('but not where what is wrong in them has been said', async () => {
    const { path: cwd } = workspace({ 'rules.d/a.yaml': 'dnat: [{}]\n' });
    const { stderr } = await natmap(['check'], { cwd });
    expect(stderr).toContain('missing-key');
    expect(stderr).not.toContain('no-rules');
  });
});

describe('a rules.d of the current folder that others can write to', () => {
  test.each([
    ['the folder, by everyone', 'rules.d', 0o777],
    ['the folder, by its group', 'rules.d', 0o775],
    ['a file, by its group', 'rules.d/a.yaml', 0o664],
  ])('is not applied: %s', async (_, path, mode) => {
    const files = workspace({ 'rules.d/a.yaml': mail });
    chmodSync(files.file('rules.d'), 0o755);
    chmodSync(files.file(path), mode);
    const state = ['--state-dir', files.file('state')];
    const { code, stderr } = await natmap(['apply', ...state], { cwd: files.path });
    expect(stderr).toContain(`others than its owner can write to ${path},`);
    expect(stderr).toContain('[shared-rules]');
    expect(code).toBe(2);
    // To look at it changes nothing on the host.
    expect(await natmap(['diff', ...live], { cwd: files.path })).toMatchObject({ code: 1 });
  });
});

test('a snapshot that cannot be read is all that is wrong', async () => {
  const rules = 'publish: [{from: published}]\ndocker: [{container: web, ports: [80]}]\n';
  const { path: cwd } = workspace({ 'rules.d/a.yaml': rules, 'd.json': '[oops' });
  const { stderr } = await natmap(['check', '--docker', 'd.json'], { cwd });
  expect(stderr).toContain('[snapshot-syntax]');
  expect(stderr).toContain('error: 1 error');
});
