/** What `-o` does where no file can be made: it ends, and says what would be right. */
import { chmodSync, copyFileSync, symlinkSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { createWorkspace } from '../support/workspace.ts';
import { natmap } from './program.ts';

vi.setConfig({ testTimeout: 60_000 });

const files = createWorkspace({
  'rules.d/10-mail.yaml': 'dnat: [{ext_ip: 203.0.113.43, int_ip: 10.0.0.101, ports: 25}]\n',
  live: '*nat\nCOMMIT\n',
  'bin/calls': '',
  'bin/containers.json': '[]',
  'bin/networks.json': '[]',
  'bin/info.json': '{"ServerVersion": "28.1.0", "SecurityOptions": []}',
  'bin/endpoint': 'unix:///var/run/docker.sock\n',
  file: '',
});
copyFileSync(
  fileURLToPath(new URL('../support/fake-docker.mjs', import.meta.url)),
  files.file('bin/docker'),
);
chmodSync(files.file('bin/docker'), 0o755);
symlinkSync('nowhere', files.file('dangling'));
symlinkSync('round', files.file('round'));
afterAll(() => files[Symbol.dispose]());

const commands: Readonly<Record<string, readonly string[]>> = {
  render: ['render'],
  plan: ['plan', '--live', 'live', '--live6', 'live'],
  snapshot: ['snapshot', '--docker-command', files.file('bin/docker')],
};

describe.each(Object.keys(commands))('%s -o', (command) => {
  const [none, file, folder] =
    command === 'render'
      ? ['no folder can be made here', 'this is not a folder', 'this is not a folder']
      : ['no file can be made here', 'this is a symbolic link', 'this is not a file'];

  test.each([
    ['/proc/x', `/proc/x: ${none}`],
    ['/proc/x/y', '/proc/x: no folder can be made here'],
    [
      '/proc',
      command === 'render' ? '/proc/rules.v4: no file can be made here' : `/proc: ${folder}`,
    ],
    ['/dev/full', `/dev/full: ${folder}`],
    ['dangling', `dangling: ${file}`],
    ['dangling/x', 'dangling: this is not a folder'],
    ['round/x', 'symbolic links lead round in a circle here'],
    ['file/x', 'this is not a folder'],
    ['n'.repeat(300), 'the name is too long'],
  ])('%s ends with an error', async (output, reason) => {
    const args = [...(commands[command] ?? []), '-o', output];
    const result = await natmap(args, { cwd: files.path, timeoutSeconds: 20 });
    expect(result).toMatchObject({ code: 2, stderr: expect.stringContaining(reason) });
    expect(result.stderr).toMatch(/^error: .*\n {4}hint: .*\n$/);
  });
});
