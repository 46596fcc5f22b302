// The Debian package without Node.js, on this host's Debian without node: installed by dpkg under overlays of the
// test's own, it renders, applies and flushes the example. npm run hosts does the same on bullseye.
import { existsSync, readFileSync, statSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { example } from '../support/inputs.ts';
import { kernelReason, variants } from '../support/kernel.ts';
import { createNamespace, type Namespace } from '../support/namespace.ts';
import { natmapPath, repository } from '../support/natmap.ts';
import { mustRun } from '../support/process.ts';
import { isAbsent } from '../support/programs.ts';
import { createWorkspace } from '../support/workspace.ts';

const architecture = process.arch === 'x64' ? 'amd64' : process.arch;
const deb = `${repository}dist/natmap-static_${packageJson.version}_${architecture}.deb`;

/** Installs the package under overlays and runs the arguments after it, with no node anywhere. */
const script = `
set -eu
cd "$1"; shift
# An overlay cannot be the upper layer of another one.
mount -t tmpfs tmpfs layers
for part in usr etc var; do
  mkdir -p "layers/$part/upper" "layers/$part/work"
  mount -t overlay -o "lowerdir=/$part,upperdir=layers/$part/upper,workdir=layers/$part/work" overlay "/$part"
done
rm -f /usr/bin/node /usr/local/bin/node
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
if command -v node; then exit 1; fi
dpkg --install "$DEB" >&2
exec "$@"
`;

/** Runs shell commands where the package is installed. */
async function installed(ns: Namespace, commands: readonly string[]): Promise<string> {
  using files = createWorkspace();
  files.folder('layers');
  const shell = ['sh', '-euc', commands.join('\n')];
  const args = ['--mount', 'sh', '-c', script, 'sh', files.path, ...shell];
  return await ns.mustRun('unshare', args, { env: { DEB: deb }, timeoutSeconds: 280 });
}

/** Every file that the units name, which is an error where it is missing. */
const listUnitsFiles =
  "grep -ohE '/usr/(bin|lib/natmap)/[a-z-]+' /usr/lib/systemd/system/natmap*.service | sort -u | xargs ls";

/** What is slow here is the size of the executable, 100 MB. */
const patient = 300_000;

describe.skipIf(kernelReason() || isAbsent('dpkg-deb'))('natmap-static.deb', () => {
  beforeAll(async () => {
    const isBuilt = existsSync(deb) && statSync(deb).mtimeMs > statSync(natmapPath).mtimeMs;
    if (isBuilt) return;
    const args = ['run', '--silent', 'deb', '--', '--static'];
    await mustRun('npm', args, { cwd: repository, timeoutSeconds: 400 });
  }, 400_000);

  test(
    'without node it renders what the bundle renders, applies the example exactly and flushes it',
    async () => {
      await using ns = await createNamespace();
      using files = createWorkspace();
      const inputs = example.join(' ');
      const steps = variants.flatMap((variant) => [
        `natmap apply --backend ${variant} ${inputs} >&2`,
        `natmap diff --backend ${variant} ${inputs}`,
        `natmap status --backend ${variant} ${inputs} >&2`,
        `natmap flush --backend ${variant} >&2`,
      ]);
      const rendered = files.file('rendered');
      const printed = await installed(ns, [
        `natmap render ${inputs} >${rendered}`,
        ...steps,
        listUnitsFiles,
      ]);
      const expected = await mustRun(process.execPath, [natmapPath, 'render', ...example]);
      expect(readFileSync(rendered, 'utf8')).toBe(expected);
      for (const variant of variants) {
        expect(await ns.mustRun(`iptables-${variant}-save`, [])).not.toContain('NATMAP');
      }
      expect(printed.trim().split('\n').slice(-3)).toEqual([
        '/usr/bin/natmap',
        '/usr/lib/natmap/flush-on-stop',
        '/usr/lib/natmap/restore-last-good',
      ]);
    },
    patient,
  );

  test('holds the licences of Node.js', async () => {
    const files = await mustRun('dpkg-deb', ['--contents', deb]);
    expect(files).toContain('./usr/share/doc/natmap-static/NODEJS-LICENSES.txt');
  });
});
