// The npm package: whatever it needs is in it.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { repository } from '../support/natmap.ts';
import { mustRun } from '../support/process.ts';
import { createWorkspace } from '../support/workspace.ts';

test('it installs without a network into an empty folder, and runs there', async () => {
  using folder = createWorkspace();
  const packed = await mustRun('npm', ['pack', '--silent', '--pack-destination', folder.path], {
    cwd: repository,
  });
  const env = { npm_config_cache: folder.file('cache') };
  const args = ['install', '--offline', '--no-audit', '--no-fund', '--prefix', folder.path];
  await mustRun('npm', [...args, folder.file(packed.trim())], { env, cwd: folder.path });
  const natmap = folder.file('node_modules/.bin/natmap');
  expect(await mustRun(natmap, ['--version'])).toBe(`${packageJson.version}\n`);
  const installed = folder.file('node_modules/natmap');
  expect(
    await mustRun(natmap, ['render', '--docker', `${repository}snapshot.json`], { cwd: installed }),
  ).toContain('-j DNAT');
  const licences = readFileSync(join(installed, 'dist/THIRD-PARTY-LICENSES.txt'), 'utf8');
  for (const name of ['commander', 'diff', 'execa', 'nunjucks', 'yaml']) {
    expect(licences).toMatch(new RegExp(`^${name} \\d.*\\n\\n[^]{200}`, 'm'));
  }
  expect(readFileSync(join(installed, 'LICENSE'), 'utf8')).toMatch(/^MIT License$/m);
  expect(existsSync(folder.file('node_modules/execa'))).toBe(false);
  expect(existsSync(join(installed, 'docs/doctor.md'))).toBe(true);
  expect(existsSync(join(installed, 'templates/dnat.njk'))).toBe(true);
});

test('the licence is the one that the Debian package names', () => {
  const words = (text: string) => text.replaceAll(/^ \.$/gm, '').split(/\s+/).join(' ');
  const debian = readFileSync(`${repository}packaging/debian/copyright`, 'utf8');
  const [, terms = ''] = readFileSync(`${repository}LICENSE`, 'utf8').split('authors\n\n');
  expect(packageJson.license).toBe('MIT');
  expect(words(debian)).toContain(words(terms).trim());
});
