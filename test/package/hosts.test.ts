// The command that runs the tests in roots of other suites, as far as it goes without a mirror.
import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { kernelReason } from '../support/kernel.ts';
import { repository } from '../support/natmap.ts';
import { run } from '../support/process.ts';
import { isAbsent } from '../support/programs.ts';
import { createWorkspace } from '../support/workspace.ts';

describe.skipIf(kernelReason() || isAbsent('debootstrap', 'wget'))('npm run hosts', () => {
  test('names the mirror that does not answer, and leaves no root behind', async () => {
    using roots = createWorkspace();
    const env = {
      NATMAP_HOSTS_DIR: roots.path,
      // The discard port, where nothing listens.
      NATMAP_HOSTS_MIRROR: 'http://127.0.0.1:9/debian',
    };
    const { code, stdout, stderr } = await run(
      'bash',
      [`${repository}scripts/hosts/run.sh`, 'bullseye'],
      { env },
    );
    expect(stderr).toMatch(
      /^hosts: bullseye: the mirror http:\/\/127\.0\.0\.1:9\/debian does not answer/,
    );
    expect(stdout).toBe('hosts: bullseye: FAILED: no root could be made\n');
    expect(code).toBe(1);
    expect(readdirSync(roots.path)).toEqual(['bullseye.lock']);
  });

  test('rejects a suite that it does not know', async () => {
    const args = [`${repository}scripts/hosts/run.sh`, 'sarge'];
    expect(await run('bash', args)).toMatchObject({
      code: 1,
      stderr: 'hosts: sarge is neither one of bullseye trixie forky nor a test file\n',
    });
  });
});
