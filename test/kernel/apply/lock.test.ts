/** One natmap at a time. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { type Running, startNatmap } from '../../support/background.ts';
import { guardOf } from '../../support/guard.ts';
import { everyKind, inlineRules, otherRules } from '../../support/inputs.ts';
import { program, savedBoth } from '../../support/iptables.ts';
import { kernelReason, variants } from '../../support/kernel.ts';
import { createNamespace, type Namespace } from '../../support/namespace.ts';
import { mustNatmap, natmap } from '../../support/natmap.ts';
import { scriptedShims } from '../../support/shims.ts';

const first = inlineRules(everyKind);
const second = inlineRules(otherRules);

const slow = (seconds: number) => `sleep ${seconds}; exec $REAL "$@"`;

/** A program that natmap started would keep the lock. */
const endsWithNatmap = 'while kill -0 $PPID 2>/dev/null; do sleep 0.05; done';

async function untilLocked(ns: Namespace, { pid }: Running): Promise<void> {
  const path = join(ns.directory, 'state', 'lock');
  while (!existsSync(path) || readFileSync(path, 'utf8') !== `${pid}\n`) await sleep(10);
}

describe.skipIf(kernelReason()).each(variants)('iptables-%s', (variant) => {
  const names = [program(variant, 'ipv4', '-save')];

  test('a second natmap waits, and then sees what the first one did', async () => {
    await using ns = await createNamespace();
    using shims = scriptedShims(names, slow(1));
    const running = startNatmap(ns, variant, ['apply', ...first], { env: shims.env });
    await untilLocked(ns, running);
    await mustNatmap(ns, variant, ['apply', ...second]);
    expect(await running.ended).toMatchObject({ code: 0 });
    const { stdout } = await mustNatmap(ns, variant, ['diff', ...second]);
    expect(stdout).toBe('ipv4: no changes; ipv6: no changes\n');
  });

  test('it gives up after --lock-timeout, names who holds the lock, and has changed nothing', async () => {
    await using ns = await createNamespace();
    using shims = scriptedShims(names, slow(30));
    const running = startNatmap(ns, variant, ['apply', ...first], { env: shims.env });
    await untilLocked(ns, running);
    const before = await savedBoth(ns, variant);
    const refused = await natmap(ns, variant, ['apply', '--lock-timeout', '1', ...second]);
    expect(refused.code).toBe(3);
    expect(refused.stderr).toContain(`held by process ${running.pid}`);
    expect(await savedBoth(ns, variant)).toEqual(before);
    running.signalGroup('SIGKILL');
  });

  test('the lock of a natmap that was killed is free at once', async () => {
    await using ns = await createNamespace();
    using shims = scriptedShims(names, endsWithNatmap);
    const running = startNatmap(ns, variant, ['apply', ...first], { env: shims.env });
    await untilLocked(ns, running);
    running.signal('SIGKILL');
    await running.ended;
    await mustNatmap(ns, variant, ['apply', '--lock-timeout', '1', ...second]);
  });

  test('it is one of the network namespace, whatever the state folder', async () => {
    await using ns = await createNamespace();
    using shims = scriptedShims(names, slow(30));
    const running = startNatmap(ns, variant, ['apply', ...first], { env: shims.env });
    await untilLocked(ns, running);
    const other = ['--state-dir', join(ns.directory, 'other'), '--lock-timeout', '0'];
    expect((await natmap(ns, variant, ['apply', ...other, ...second])).code).toBe(3);
    running.signalGroup('SIGKILL');
  });

  test('while an apply awaits confirmation, no other state folder is used: its guard would undo that', async () => {
    await using ns = await createNamespace();
    const folder = join(ns.directory, 'state');
    await mustNatmap(ns, variant, ['apply', '--confirm', '600', ...first]);
    const before = await savedBoth(ns, variant);
    const elsewhere = ['--state-dir', join(ns.directory, 'elsewhere')];
    for (const args of [['apply', ...second], ['flush'], ['rollback'], ['confirm']]) {
      const refused = await natmap(ns, variant, [...args, ...elsewhere]);
      expect([refused.code, refused.stderr]).toEqual([3, expect.stringContaining(folder)]);
    }
    expect(await savedBoth(ns, variant)).toEqual(before);
    await mustNatmap(ns, variant, ['confirm']);
    await mustNatmap(ns, variant, ['apply', ...second, ...elsewhere]);
  });

  test('a guard that was killed keeps no other state folder from being used', async () => {
    await using ns = await createNamespace();
    await mustNatmap(ns, variant, ['apply', '--confirm', '600', ...first]);
    process.kill(guardOf(ns), 'SIGKILL');
    const elsewhere = ['--state-dir', join(ns.directory, 'elsewhere')];
    await mustNatmap(ns, variant, ['apply', ...second, ...elsewhere]);
  });

  test('a program that outlives a natmap that was killed keeps the lock until it is done', async () => {
    await using ns = await createNamespace();
    const restore = program(variant, 'ipv4', '-restore');
    const late = 'case "$*" in *--test*) exec $REAL "$@";; esac; sleep 3; exec $REAL "$@"';
    using shims = scriptedShims([restore], late);
    const running = startNatmap(ns, variant, ['apply', ...first], { env: shims.env });
    while (!shims.calls().some((call) => call.startsWith(`${restore} --noflush`))) await sleep(10);
    running.signal('SIGKILL');
    await mustNatmap(ns, variant, ['apply', ...second]);
    const { stdout } = await mustNatmap(ns, variant, ['diff', ...second]);
    expect(stdout).toBe('ipv4: no changes; ipv6: no changes\n');
  });

  test('an apply whose lock file is removed loads nothing', async () => {
    await using ns = await createNamespace();
    const remove = `rm /run/natmap/net-$(stat -Lc %i /proc/self/ns/net)-lock; exec $REAL "$@"`;
    using shims = scriptedShims([program(variant, 'ipv6', '-save')], remove);
    const before = await savedBoth(ns, variant);
    const { code, stderr } = await natmap(ns, variant, ['apply', ...first], { env: shims.env });
    expect(stderr).toMatch(/lock file was removed.*nothing was changed/s);
    expect(code).toBe(4);
    expect(await savedBoth(ns, variant)).toEqual(before);
  });
});
