// What runs at boot: the script of natmap-early.service on any tables that it may meet, and the
// commands of both units under the capabilities that the units leave them.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { fileEndings } from '../../src/net/family.ts';
import { everyKind, inlineRules, otherRules } from '../support/inputs.ts';
import { iptables, program, savedBoth } from '../support/iptables.ts';
import { families, kernelReason, variants } from '../support/kernel.ts';
import { createNamespace, type Namespace } from '../support/namespace.ts';
import { mustNatmap, natmapCommand, repository } from '../support/natmap.ts';
import { which } from '../support/process.ts';

const rules = inlineRules(everyKind);
const other = inlineRules(otherRules);
const script = `${repository}packaging/restore-last-good`;

/** Runs the script in `ns` on what was kept in the state folder of `host`. */
function boot(ns: Namespace, host: Namespace) {
  const env = { NATMAP_STATE_DIR: host.env.NATMAP_STATE_DIR ?? '' };
  return ns.run('sh', [script], { env });
}

function kept({ directory }: Namespace, name: string): string | null {
  const path = join(directory, 'state', name);
  return existsSync(path) ? readFileSync(path, 'utf8') : null;
}

/** The command line that leaves a program what `unit` leaves it. */
function limits(unit: string): string[] {
  const text = readFileSync(`${repository}packaging/${unit}`, 'utf8');
  const names = /^CapabilityBoundingSet=(.*)$/m.exec(text)?.[1] ?? '';
  const set = names.split(' ').map((name) => `+${name.replace('CAP_', '').toLowerCase()}`);
  return [
    which('setpriv'),
    `--bounding-set=-all,${set.join(',')}`,
    '--inh-caps=-all',
    '--no-new-privs',
  ];
}

describe.skipIf(kernelReason()).each(variants)('iptables-%s', (variant) => {
  test('on empty tables the last good state comes back, and a second run changes nothing', async () => {
    await using host = await createNamespace();
    await using ns = await createNamespace();
    await mustNatmap(host, variant, ['apply', ...rules]);
    const before = await savedBoth(host, variant);
    for (const _ of ['first', 'second']) {
      expect(await boot(ns, host)).toMatchObject({ code: 0, stderr: '' });
      expect(await savedBoth(ns, variant)).toEqual(before);
    }
    const { stdout } = await mustNatmap(ns, variant, ['diff', ...rules]);
    expect(stdout).toBe('ipv4: no changes; ipv6: no changes\n');
  });

  test('DOCKER-USER keeps its rules, and others keep theirs', async () => {
    await using host = await createNamespace();
    await using ns = await createNamespace();
    await mustNatmap(host, variant, ['apply', ...rules]);
    await iptables(ns, variant, '-N DOCKER-USER');
    await iptables(ns, variant, '-A DOCKER-USER -i eth0 -j DROP');
    await iptables(ns, variant, '-A FORWARD -i eth1 -j ACCEPT');
    await iptables(ns, variant, '-P FORWARD DROP');
    expect(await boot(ns, host)).toMatchObject({ code: 0, stderr: '' });
    const after = await savedBoth(ns, variant);
    for (const family of families) {
      expect(after[family]).toEqual(
        expect.arrayContaining([
          ':FORWARD DROP',
          '-A FORWARD -i eth1 -j ACCEPT',
          '-A DOCKER-USER -i eth0 -j DROP',
        ]),
      );
    }
    await boot(ns, host);
    expect(await savedBoth(ns, variant)).toEqual(after);
    await mustNatmap(ns, variant, ['diff', ...rules]);
  });

  test.each(families)(
    'a run that was stopped between filter and nat is completed by the next (%s)',
    async (family) => {
      await using host = await createNamespace();
      await using ns = await createNamespace();
      await mustNatmap(host, variant, ['apply', ...rules]);
      const before = await savedBoth(host, variant);
      const name = `last-good.${fileEndings[family]}`;
      const whole = kept(host, name) ?? '';
      // What was loaded before it was stopped: everything but the last table.
      const end = whole.lastIndexOf('*');
      writeFileSync(join(host.directory, 'state', name), whole.slice(0, end));
      expect(await boot(ns, host)).toMatchObject({ code: 0, stderr: '' });
      expect(await savedBoth(ns, variant)).not.toEqual(before);
      writeFileSync(join(host.directory, 'state', name), whole);
      const { code, stdout } = await boot(ns, host);
      expect(code).toBe(0);
      expect(stdout).toContain('there already');
      expect(stdout).toContain(`loaded ${join(host.directory, 'state', name)}, table nat`);
      for (const each of families) {
        const after = (await savedBoth(ns, variant))[each];
        expect(after.toSorted()).toEqual(before[each].toSorted());
      }
    },
  );

  test('a jump that is missing is made again, and no second one', async () => {
    await using host = await createNamespace();
    await using ns = await createNamespace();
    await mustNatmap(host, variant, ['apply', ...rules]);
    await boot(ns, host);
    const before = await savedBoth(ns, variant);
    await iptables(ns, variant, '-t nat -F PREROUTING');
    await iptables(ns, variant, '-F FORWARD');
    expect(await boot(ns, host)).toMatchObject({ code: 0, stderr: '' });
    expect(await savedBoth(ns, variant)).toEqual(before);
  });

  test.each([
    ['NATMAP_STATE_DIR', (folder: string) => ({ NATMAP_STATE_DIR: folder })],
    ['--state-dir DIR', (folder: string) => ({ NATMAP_FLAGS: `-v --state-dir ${folder}` })],
    [
      '--state-dir=DIR',
      (folder: string) => ({ NATMAP_FLAGS: `--state-dir=${folder} --docker live` }),
    ],
  ])('the state folder comes from the settings of natmap.service: %s', async (_, settings) => {
    await using host = await createNamespace();
    await using ns = await createNamespace();
    await mustNatmap(host, variant, ['apply', ...rules]);
    const env = { NATMAP_STATE_DIR: '/nowhere', ...settings(join(host.directory, 'state')) };
    expect(await ns.run('sh', [script], { env })).toMatchObject({ code: 0, stderr: '' });
    expect(await savedBoth(ns, variant)).toEqual(await savedBoth(host, variant));
  });

  test('where rules owned by natmap are there, they stay', async () => {
    await using host = await createNamespace();
    await using ns = await createNamespace();
    await mustNatmap(host, variant, ['apply', ...rules]);
    await mustNatmap(ns, variant, ['apply', ...other]);
    const before = await savedBoth(ns, variant);
    expect(await boot(ns, host)).toMatchObject({ code: 0 });
    expect(await savedBoth(ns, variant)).toEqual(before);
  });

  test('the kept text itself fails as a whole where a chain owned by natmap is there', async () => {
    await using ns = await createNamespace();
    await mustNatmap(ns, variant, ['apply', ...rules]);
    const before = await savedBoth(ns, variant);
    const restored = await ns.run(program(variant, 'ipv4', '-restore'), ['--noflush'], {
      input: kept(ns, 'last-good.v4') ?? '',
    });
    expect(restored.code).not.toBe(0);
    expect(await savedBoth(ns, variant)).toEqual(before);
  });

  test('after a flush nothing is loaded', async () => {
    await using host = await createNamespace();
    await using ns = await createNamespace();
    await mustNatmap(host, variant, ['apply', ...rules]);
    await mustNatmap(host, variant, ['flush']);
    expect(await boot(ns, host)).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect((await savedBoth(ns, variant)).ipv4.join()).not.toMatch(/NATMAP|DOCKER/);
  });

  test('a torn file is a loud failure', async () => {
    await using host = await createNamespace();
    await using ns = await createNamespace();
    await mustNatmap(host, variant, ['apply', ...rules]);
    await host.mustRun('sed', [
      '-i',
      '2,$s/-j DNAT/-j NOSUCH/',
      join(host.directory, 'state', 'last-good.v4'),
    ]);
    const { code, stderr } = await boot(ns, host);
    expect(code).toBe(1);
    expect(stderr).not.toBe('');
  });

  test('a boot does not bring back what nobody confirmed', async () => {
    await using ns = await createNamespace();
    await mustNatmap(ns, variant, ['apply', ...rules]);
    const first = kept(ns, 'last-good.v4');
    await mustNatmap(ns, variant, ['apply', '--confirm', '600', ...other]);
    expect(kept(ns, 'last-good.v4')).toBe(first);
    await mustNatmap(ns, variant, ['confirm']);
    expect(kept(ns, 'last-good.v4')).toContain('2222');
    expect(kept(ns, 'last-good.v4')).not.toBe(first);
    await mustNatmap(ns, variant, ['rollback']);
    expect(kept(ns, 'last-good.v4')).toBe(first);
  });

  test('both units can do their work with the capabilities that they keep', async () => {
    await using host = await createNamespace();
    await using ns = await createNamespace();
    const [setpriv = '', ...service] = limits('natmap.service');
    const args = [...service, ...natmapCommand(variant, ['apply', ...rules])];
    const applied = await host.run(setpriv, args);
    expect(applied.code).toBe(0);
    // An apply that could not rehearse would say so.
    expect(applied.stderr).not.toContain('not rehearsed');
    const [, ...early] = limits('natmap-early.service');
    const env = { NATMAP_STATE_DIR: host.env.NATMAP_STATE_DIR ?? '' };
    expect(await ns.run(setpriv, [...early, 'sh', script], { env })).toMatchObject({ code: 0 });
    expect(await savedBoth(ns, variant)).toEqual(await savedBoth(host, variant));
  });
});
