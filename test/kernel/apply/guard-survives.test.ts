/** What an administrator, a package or a machine does to a guard while it waits: the previous rules come back. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { alternatives } from '../../support/alternatives.ts';
import { start } from '../../support/background.ts';
import { guardOf, isRunning, secondsUntil } from '../../support/guard.ts';
import { everyKind, inlineRules, otherRules } from '../../support/inputs.ts';
import { program, savedBoth } from '../../support/iptables.ts';
import { kernelReason, type Variant, variants } from '../../support/kernel.ts';
import { createNamespace } from '../../support/namespace.ts';
import { mustNatmap, natmap, natmapCommand } from '../../support/natmap.ts';
import { scriptedShims } from '../../support/shims.ts';

const before = inlineRules(everyKind);
const wanted = inlineRules(otherRules);

const confirmed = ['apply', '--confirm', '3', ...wanted];

/** Seconds, on a machine that is busy with other tests. */
const patience = 30;

const opposite: Readonly<Record<Variant, Variant>> = { nft: 'legacy', legacy: 'nft' };

/** All that end or stop a process by default and can be ignored; two of real time. */
const signals = [
  ...([
    'SIGHUP',
    'SIGINT',
    'SIGQUIT',
    'SIGTRAP',
    'SIGABRT',
    'SIGUSR1',
    'SIGUSR2',
    'SIGPIPE',
  ] as const),
  ...(['SIGALRM', 'SIGTERM', 'SIGSTKFLT', 'SIGTSTP', 'SIGTTIN', 'SIGTTOU', 'SIGXCPU'] as const),
  ...(['SIGXFSZ', 'SIGVTALRM', 'SIGPROF', 'SIGIO', 'SIGPWR', 'SIGSYS'] as const),
  ...[34, 64],
];

describe.skipIf(kernelReason()).each(variants)('iptables-%s', (variant) => {
  test('no signal that can be ignored ends a guard, and USR1 opens no inspector', async () => {
    await using ns = await createNamespace();
    await mustNatmap(ns, variant, ['apply', ...before]);
    const state = await savedBoth(ns, variant);
    await mustNatmap(ns, variant, ['apply', '--confirm', '20', ...wanted]);
    const guard = guardOf(ns);
    for (const signal of signals) {
      process.kill(guard, signal);
      await sleep(20);
      expect(isRunning(guard), String(signal)).toBe(true);
    }
    expect(await ns.mustRun('ss', ['-Hltn'])).toBe('');
    await secondsUntil(ns, variant, state, 20 + patience);
    expect(await savedBoth(ns, variant)).toEqual(state);
  });

  test('on a host with unsuffixed programs only, which are of another backend by then', async () => {
    await using ns = await createNamespace();
    using links = alternatives({ ipv4: variant, ipv6: variant });
    await mustNatmap(ns, 'auto', ['apply', ...before], { env: links.only });
    const state = await savedBoth(ns, variant);
    await mustNatmap(ns, 'auto', confirmed, { env: links.only });
    links.point({ ipv4: opposite[variant], ipv6: opposite[variant] });
    await secondsUntil(ns, variant, state, patience);
    expect(await savedBoth(ns, variant)).toEqual(state);
  });

  test('the apply is killed half-way, and the state folder is read-only from then on', async () => {
    await using ns = await createNamespace();
    await mustNatmap(ns, variant, ['apply', ...before]);
    const state = await savedBoth(ns, variant);
    const folder = join(ns.directory, 'state');
    const slow =
      'case "$*" in *--test*) exec $REAL "$@";; esac; $REAL "$@"; code=$?; sleep 2; exit $code';
    using shims = scriptedShims([program(variant, 'ipv4', '-restore')], slow);
    // In a mount namespace of its own, in which the guard stays.
    const script = `mount --bind ${folder} ${folder}
"$@" & apply=$!
until [ -e ${ns.directory}/half ]; do sleep 0.05; done
kill -KILL $apply; mount -o remount,ro,bind ${folder}; sleep ${patience}`;
    const command = ['sh', '-c', script, 'sh', ...natmapCommand(variant, confirmed)];
    const [unshare, args] = ns.inside('unshare', '--mount', ...command);
    const running = start(unshare, args, { env: { ...ns.env, ...shims.env } });
    while (JSON.stringify(await savedBoth(ns, variant)) === JSON.stringify(state)) await sleep(20);
    await ns.mustRun('touch', [`${ns.directory}/half`]);
    await secondsUntil(ns, variant, state, patience);
    expect(await savedBoth(ns, variant)).toEqual(state);
    running.signalGroup('SIGKILL');
  });

  test('a rollback in another network namespace is an error, and the guard stays on watch', async () => {
    await using ns = await createNamespace();
    await using elsewhere = await createNamespace();
    await mustNatmap(ns, variant, ['apply', ...before]);
    const folder = ['--state-dir', join(ns.directory, 'state')];
    const early = await natmap(elsewhere, variant, ['rollback', ...folder]);
    expect([early.code, early.stderr]).toEqual([2, expect.stringContaining('another network')]);
    const state = await savedBoth(ns, variant);
    await mustNatmap(ns, variant, ['apply', '--confirm', '8', ...wanted]);
    const late = await natmap(elsewhere, variant, ['rollback', ...folder]);
    expect([late.code, late.stderr]).toEqual([3, expect.stringContaining('another network')]);
    await secondsUntil(ns, variant, state, 8 + patience);
    expect(await savedBoth(ns, variant)).toEqual(state);
  });
});
