// npm run example, in a copy of the sources, as it builds.
import { cpSync, symlinkSync } from 'node:fs';
import { expect, test } from 'vitest';
import { repository } from '../support/natmap.ts';
import { run } from '../support/process.ts';
import { createWorkspace } from '../support/workspace.ts';

const sources = [
  'package.json',
  'scripts',
  'src',
  'templates',
  'examples',
  'rules.d',
  'snapshot.json',
];

test('npm run example builds, and shows the rules and the diff of the bundled example', async () => {
  using folder = createWorkspace();
  for (const name of sources) {
    cpSync(`${repository}${name}`, folder.file(name), { recursive: true });
  }
  symlinkSync(`${repository}node_modules`, folder.file('node_modules'));
  const { code, stdout, stderr } = await run('npm', ['run', '--silent', 'example'], {
    cwd: folder.path,
  });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^# ipv4\n\*mangle\n/);
  expect(stdout).toMatch(/\nipv4: 52 rules added, 1 removed; ipv6: 13 rules added\n$/);
});
