/** The state folder cannot be used: nothing is loaded without a way back on the disk. */
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { everyKind, inlineRules, otherRules } from '../../support/inputs.ts';
import { savedWithCounters } from '../../support/iptables.ts';
import { kernelReason, type Variant, variants } from '../../support/kernel.ts';
import { createNamespace, type Namespace } from '../../support/namespace.ts';
import { mustNatmap, natmap, natmapCommand } from '../../support/natmap.ts';
import type { Result } from '../../support/process.ts';

const before = inlineRules(everyKind);
const wanted = inlineRules(otherRules);

/** Runs natmap where a file system of its own is mounted on the state folder; the mount ends with it. */
function applyOn(ns: Namespace, variant: Variant, mount: string, prepare: string): Promise<Result> {
  const command = natmapCommand(variant, ['apply', ...wanted]);
  const script = `mount -t tmpfs ${mount} && (${prepare}) && shift && exec "$@"`;
  return ns.run('unshare', ['--mount', '--', 'sh', '-c', script, 'sh', 'x', ...command]);
}

describe.skipIf(kernelReason()).each(variants)('iptables-%s', (variant) => {
  async function appliedHost() {
    const ns = await createNamespace();
    await mustNatmap(ns, variant, ['apply', ...before]);
    return { ns, state: join(ns.directory, 'state'), saved: await savedWithCounters(ns, variant) };
  }

  test.each([
    ['is on a read-only file system', '-o ro,mode=700', /read-only file system/i],
    ['is on a disk that fills up', '-o size=16k,mode=700', /no space is left on the disk/],
    ['is on a full disk', '-o size=4k,mode=700', /no space is left on the disk/, 'echo > fill'],
  ])('the rules stay when the folder %s', async (_, options, reason, fill = ':') => {
    const { ns, state, saved } = await appliedHost();
    await using _ns = ns;
    const { code, stderr } = await applyOn(
      ns,
      variant,
      `${options} none ${state}`,
      `cd ${state} && ${fill}`,
    );
    expect(stderr).toMatch(reason);
    expect(stderr).toContain('nothing was changed');
    expect(code).toBe(4);
    expect(await savedWithCounters(ns, variant)).toEqual(saved);
  });

  test('the rules stay when others can write to the folder', async () => {
    const { ns, state, saved } = await appliedHost();
    await using _ns = ns;
    chmodSync(state, 0o777);
    const result = await ns.run(...splitCommand(natmapCommand(variant, ['apply', ...wanted])));
    expect(result.stderr).toContain('others can write to it');
    expect(result.code).toBe(4);
    expect(await savedWithCounters(ns, variant)).toEqual(saved);
  });

  test('an interrupted apply that cannot be filed, as the folder is read-only, changes nothing', async () => {
    const { ns, state, saved } = await appliedHost();
    await using _ns = ns;
    mkdirSync(join(state, 'history/pending'));
    const bind = `none /mnt && mount --bind ${state} ${state} && mount -o remount,ro,bind ${state}`;
    const { code, stderr } = await applyOn(ns, variant, bind, ':');
    expect(stderr).toMatch(/read-only.*nothing was changed/s);
    expect(code).toBe(4);
    expect(await savedWithCounters(ns, variant)).toEqual(saved);
  });

  test('an old record that cannot be removed takes no apply back', async () => {
    const { ns, state } = await appliedHost();
    await using _ns = ns;
    const history = join(state, 'history');
    for (let number = 2; number <= 20; number++) {
      const name = String(number).padStart(6, '0');
      cpSync(join(history, '000001'), join(history, name), { recursive: true });
    }
    const mount = `none ${join(history, '000001')}`;
    expect(await applyOn(ns, variant, mount, ':')).toMatchObject({ code: 0 });
    const { stdout } = await mustNatmap(ns, variant, ['diff', ...wanted]);
    expect(stdout).toBe('ipv4: no changes; ipv6: no changes\n');
    expect(readdirSync(history)).toContain('000021');
  });

  test('what a natmap that was killed while writing has left is removed, and nothing else', async () => {
    const { ns, state } = await appliedHost();
    await using _ns = ns;
    const left = ['.last-good.v4.4711.tmp', 'history/.pending.4711.tmp'];
    const others = ['.notes.tmp', 'history/.notes'];
    for (const name of [...left, ...others]) mkdirSync(join(state, name));
    const listed = await mustNatmap(ns, variant, ['history']);
    expect(listed.stderr).not.toContain('pending');
    await mustNatmap(ns, variant, ['apply', ...wanted]);
    expect(left.filter((name) => existsSync(join(state, name)))).toEqual([]);
    expect(others.filter((name) => existsSync(join(state, name)))).toEqual(others);
  });

  test('what is no record is skipped, and a record that cannot be read stops a rollback', async () => {
    const { ns, state } = await appliedHost();
    await using _ns = ns;
    const history = join(state, 'history');
    mkdirSync(join(history, '000099'));
    writeFileSync(join(history, '000099', 'record.json'), '{"schema":"natmap.apply/v1"');
    writeFileSync(join(history, 'notes.txt'), 'of the administrator');
    const listed = await mustNatmap(ns, variant, ['history']);
    expect(listed.stdout.trimEnd().split('\n')).toHaveLength(1);
    expect(listed.stderr).toMatch(/the record of apply 99 cannot be read/);
    expect(listed.stderr).toMatch(/skipped notes.txt /);
    expect((await natmap(ns, variant, ['rollback'])).code).toBe(2);
    rmSync(join(history, '000099'), { recursive: true });
    await mustNatmap(ns, variant, ['rollback']);
  });
});

function splitCommand([first, ...rest]: readonly [string, ...string[]]) {
  return [first, rest] as const;
}
