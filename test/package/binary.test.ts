// The single executable, on a machine whose PATH has no node.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { everyKind, inlineRules, otherRules } from '../support/inputs.ts';
import { program, savedBoth } from '../support/iptables.ts';
import { families, kernelReason, type Variant, variants } from '../support/kernel.ts';
import { createNamespace } from '../support/namespace.ts';
import { natmapPath, repository } from '../support/natmap.ts';
import { mustRun, run } from '../support/process.ts';
import { createWorkspace } from '../support/workspace.ts';

const binary = `${repository}dist/natmap`;
const rules = inlineRules(everyKind);
const other = inlineRules(otherRules);

/** A PATH with what natmap runs, and nothing else. */
function withoutNode(variant: Variant) {
  const files = createWorkspace();
  for (const name of ['sh', 'cat', 'flock', 'ip', 'readlink', 'unshare']) {
    files.link(`bin/${name}`, name);
  }
  for (const family of families) {
    for (const suffix of ['', '-save', '-restore']) {
      const name = program(variant, family, suffix);
      files.link(`bin/${name}`, name);
    }
  }
  return files;
}

describe('dist/natmap', () => {
  beforeAll(async () => {
    await mustRun('npm', ['run', '--silent', 'binary'], { cwd: repository, timeoutSeconds: 300 });
  }, 300_000);

  test.each([
    ['--help', ['--help']],
    ['check', ['check', '--format', 'json', ...rules]],
    ['render', ['render', ...rules]],
    ['schema', ['schema']],
    ['man', ['man', 'natmap.1']],
    ['completion', ['completion', 'bash']],
    ['an error', ['check', '--rules', '/nowhere']],
  ])('prints what the bundle prints: %s', async (_, args) => {
    const expected = await run(process.execPath, [natmapPath, ...args]);
    expect(await run(binary, args, { env: { PATH: '/nowhere' } })).toEqual(expected);
  });

  test.skipIf(kernelReason()).each(variants)(
    'applies, and its guard goes back when nobody confirms (%s)',
    async (variant) => {
      await using ns = await createNamespace();
      using files = withoutNode(variant);
      const env = { PATH: files.file('bin') };
      const natmap = (name: string, ...args: string[]) =>
        // Called by a relative name, as from the folder that it was unpacked in.
        ns.run('./natmap', [name, '--backend', variant, ...args], {
          env,
          cwd: join(repository, 'dist'),
        });
      expect(await natmap('apply', ...rules)).toMatchObject({ code: 0 });
      const before = await savedBoth(ns, variant);
      expect(await natmap('apply', '--confirm', '1', ...other)).toMatchObject({ code: 0 });
      expect(await savedBoth(ns, variant)).not.toEqual(before);
      await expect.poll(() => savedBoth(ns, variant), { timeout: 20_000 }).toEqual(before);
    },
  );

  test('holds no path of the machine that built it', () => {
    expect(readFileSync(natmapPath, 'utf8')).not.toContain(repository);
  });
});
