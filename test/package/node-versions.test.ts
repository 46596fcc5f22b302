// The bundle on each version of Node.js that natmap supports, and on one that is too old.
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { everyKind, inlineRules } from '../support/inputs.ts';
import { savedBoth } from '../support/iptables.ts';
import { kernelReason } from '../support/kernel.ts';
import { createNamespace } from '../support/namespace.ts';
import { mustNatmap, natmapPath } from '../support/natmap.ts';
import { nodeOf, supported, tooOld } from '../support/node-versions.ts';
import { run } from '../support/process.ts';
import { createWorkspace } from '../support/workspace.ts';

const rules = inlineRules(everyKind);

describe.each(supported)('Node.js %s', (version) => {
  let node = '';
  beforeAll(async () => {
    node = await nodeOf(version);
  }, 300_000);

  test.each([
    ['check', ['check', '--format', 'json', ...rules]],
    ['render', ['render', ...rules]],
    ['an error with its place', ['check', '--rules', '/nowhere']],
    ['help', ['--help']],
  ])('prints what this one prints: %s', async (_, args) => {
    const expected = await run(process.execPath, [natmapPath, ...args]);
    expect(await run(node, [natmapPath, ...args])).toEqual(expected);
  });

  test('the length of a text is counted and a lone surrogate is found', async () => {
    using files = createWorkspace({
      'rules.d/a.yaml':
        'dnat: [{ext_ip: 203.0.113.43, int_ip: 10.0.0.1, ports: 25, name: "\\ud800"}]\n',
    });
    const args = [natmapPath, 'check', '--rules', files.file('rules.d')];
    const expected = await run(process.execPath, args);
    expect(expected.stderr).not.toContain('at fault');
    expect(await run(node, args)).toEqual(expected);
  });

  test.skipIf(kernelReason())('applies, and rolls back', async () => {
    await using ns = await createNamespace();
    const inside = (...args: string[]) => ns.run(node, [natmapPath, ...args, '--backend', 'nft']);
    const before = await savedBoth(ns, 'nft');
    expect(await inside('apply', ...rules)).toMatchObject({ code: 0 });
    await mustNatmap(ns, 'nft', ['diff', ...rules]);
    expect(await inside('rollback')).toMatchObject({ code: 0 });
    const after = await savedBoth(ns, 'nft');
    expect(after.ipv4.filter((line) => line.includes('NATMAP'))).toEqual([]);
    expect(before.ipv4.filter((line) => line.includes('NATMAP'))).toEqual([]);
  });
});

test(`Node.js ${tooOld} is reported which version natmap needs`, async () => {
  expect(await run(await nodeOf(tooOld), [natmapPath, 'check'])).toEqual({
    code: 2,
    stdout: '',
    stderr: expect.stringMatching(
      new RegExp(`^error: natmap needs Node.js 18.19 or later, and this is v${tooOld}\n {2}hint: `),
    ),
  });
}, 300_000);

test('package.json and the Debian package name the same version', () => {
  expect(packageJson.engines.node).toBe('>=18.19');
  const script = readFileSync(new URL('../../scripts/deb.sh', import.meta.url), 'utf8');
  expect(script).toContain('nodejs (>= 18.19)');
});
