// The Debian package: built as people build it, judged by lintian, and taken by dpkg through its whole
// life in a root folder of its own, so that this machine is left alone.
import { existsSync, lstatSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { repository } from '../support/natmap.ts';
import { mustRun, run } from '../support/process.ts';
import { isAbsent } from '../support/programs.ts';
import { createWorkspace, type Workspace } from '../support/workspace.ts';

const deb = `${repository}dist/natmap_${packageJson.version}_all.deb`;

function dpkg(root: Workspace, ...args: readonly string[]): Promise<string> {
  // What natmap depends on is not in the folder, nor is a shell for the scripts.
  const force = ['--force-not-root', '--force-script-chrootless', '--force-depends'];
  return mustRun('dpkg', [`--root=${root.path}`, '--log=/dev/null', ...force, ...args]);
}

/** A folder that dpkg takes for a machine without packages. */
function emptyMachine(): Workspace {
  return createWorkspace({
    'var/lib/dpkg/status': '',
    'var/lib/dpkg/info/.keep': '',
    'var/lib/dpkg/updates/.keep': '',
    'var/lib/dpkg/triggers/.keep': '',
  });
}

/** Files and links, besides dpkg's own. */
function filesIn(folder: string, path = ''): string[] {
  return readdirSync(join(folder, path)).flatMap((name) => {
    const each = join(path, name);
    if (each === 'var/lib/dpkg') return [];
    return lstatSync(join(folder, each)).isDirectory() ? filesIn(folder, each) : [each];
  });
}

describe.skipIf(isAbsent('dpkg-deb', 'lintian'))('natmap.deb', () => {
  beforeAll(async () => {
    await mustRun('npm', ['run', '--silent', 'deb'], { cwd: repository });
  });

  test('lintian has nothing to say, but what is answered beside it', async () => {
    const { code, stdout } = await run('lintian', ['--fail-on', 'error,warning', deb]);
    expect(stdout).toBe('');
    expect(code).toBe(0);
  });

  test('the same sources give the same bytes', async () => {
    const first = readFileSync(deb);
    await mustRun('npm', ['run', '--silent', 'deb'], { cwd: repository });
    expect(readFileSync(deb).equals(first)).toBe(true);
  });

  test('installed, natmap runs, and nothing is enabled', async () => {
    using root = emptyMachine();
    await dpkg(root, '--install', deb);
    expect(await mustRun(root.file('usr/bin/natmap'), ['--version'])).toBe(
      `${packageJson.version}\n`,
    );
    const check = ['check', '--rules', root.file('etc/natmap/rules.d')];
    // The example is all comments: it becomes rules when the administrator takes them out.
    expect(await run(root.file('usr/bin/natmap'), check)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('[no-rules]'),
    });
    expect(filesIn(root.path).filter((path) => path.includes('.wants'))).toEqual([]);
    expect(existsSync(root.file('var/lib/natmap'))).toBe(false);
    expect(existsSync(root.file('usr/share/doc/natmap/docs/doctor.md'))).toBe(true);
    const templates = readdirSync(root.file('usr/share/natmap/templates'));
    expect(templates).toEqual(readdirSync(`${repository}templates`));
  });

  test('an upgrade keeps what was written to the settings, and removal too', async () => {
    using root = emptyMachine();
    await dpkg(root, '--install', deb);
    writeFileSync(root.file('etc/default/natmap'), 'NATMAP_FLAGS="--docker live"\n');
    const folder = root.folder('newer');
    await mustRun('dpkg-deb', ['--raw-extract', deb, folder]);
    await mustRun('sed', ['-i', 's/^Version: .*/&+newer/', join(folder, 'DEBIAN/control')]);
    await mustRun('dpkg-deb', ['--root-owner-group', '--build', folder, root.file('newer.deb')]);
    await dpkg(root, '--install', root.file('newer.deb'));
    const status = () =>
      mustRun('dpkg-query', [`--admindir=${root.file('var/lib/dpkg')}`, '-W', 'natmap']);
    expect(await status()).toContain('+newer');
    await dpkg(root, '--remove', 'natmap');
    expect(readFileSync(root.file('etc/default/natmap'), 'utf8')).toContain('--docker live');
    expect(existsSync(root.file('usr/bin/natmap'))).toBe(false);
  });

  test('purge leaves the record to natmap-static, where that has taken its place', async () => {
    using root = emptyMachine();
    await dpkg(root, '--install', deb);
    await dpkg(root, '--remove', 'natmap');
    root.write({ 'var/lib/natmap/last-good.v4': '', 'usr/bin/natmap': '' });
    await dpkg(root, '--purge', 'natmap');
    expect(existsSync(root.file('var/lib/natmap/last-good.v4'))).toBe(true);
  });

  test('purge leaves nothing, the record of applies and enabled units included', async () => {
    using root = emptyMachine();
    const before = filesIn(root.path);
    await dpkg(root, '--install', deb);
    root.write({
      'var/lib/natmap/last-good.v4': '',
      'etc/systemd/system/multi-user.target.wants/natmap.service': '',
    });
    await dpkg(root, '--purge', 'natmap');
    expect(filesIn(root.path)).toEqual(before);
    expect(existsSync(root.file('etc/natmap'))).toBe(false);
  });
});
