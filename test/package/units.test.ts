// The units as systemd reads them; test/package/boot.test.ts runs them, and what they run is tested on
// every kind of tables in test/kernel/boot.test.ts.
import { copyFileSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { natmapPath, repository } from '../support/natmap.ts';
import { mustRun, run } from '../support/process.ts';
import { isAbsent } from '../support/programs.ts';
import { createWorkspace } from '../support/workspace.ts';

describe.skipIf(isAbsent('systemd-analyze'))('systemd-analyze', () => {
  test.each(['natmap.service', 'natmap-early.service'])(
    'has nothing to say of %s',
    async (unit) => {
      using workspace = createWorkspace();
      const installed = `s#/usr/lib/natmap/#${repository}packaging/#; s#/usr/bin/natmap#${natmapPath}#`;
      const text = await mustRun('sed', [installed, `${repository}packaging/${unit}`]);
      workspace.write({ [unit]: text });
      const verified = await run('systemd-analyze', ['--man=no', 'verify', workspace.file(unit)]);
      expect(verified).toEqual({ code: 0, stdout: '', stderr: '' });
    },
  );

  test.each(['natmap.service', 'natmap-early.service'])('finds %s little exposed', async (unit) => {
    // In tenths: below 4 is what systemd calls OK.
    const judge = ['security', '--offline=yes', '--threshold=35', '--no-pager'];
    const judged = await run('systemd-analyze', [...judge, `${repository}packaging/${unit}`]);
    expect(judged).toMatchObject({ code: 0 });
  });

  test('both read the same settings', () => {
    const settings = ['natmap.service', 'natmap-early.service'].map((unit) =>
      /^EnvironmentFile=.*$/m.exec(readFileSync(`${repository}packaging/${unit}`, 'utf8')),
    );
    expect(settings[0]?.[0]).toBe('EnvironmentFile=-/etc/default/natmap');
    expect(settings[1]?.[0]).toBe(settings[0]?.[0]);
  });

  test('a key that systemd does not know is reported', async () => {
    using workspace = createWorkspace();
    copyFileSync(`${repository}packaging/natmap.service`, workspace.file('natmap.service'));
    await mustRun('sed', [
      '-i',
      's/^TimeoutStartSec/TimeoutStartSecs/',
      workspace.file('natmap.service'),
    ]);
    const verified = await run('systemd-analyze', [
      '--man=no',
      'verify',
      workspace.file('natmap.service'),
    ]);
    expect(verified.stderr).toContain('TimeoutStartSecs');
  });
});
