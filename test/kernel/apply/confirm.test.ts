/** apply --confirm: the rules from before come back unless somebody confirms, whatever is killed. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { start, startNatmap } from '../../support/background.ts';
import { deadlineOf, guardOf, lastLoad, timedLoads } from '../../support/guard.ts';
import { everyKind, inlineRules, otherRules } from '../../support/inputs.ts';
import { program, type Saved, savedBoth } from '../../support/iptables.ts';
import { kernelReason, type Variant, variants } from '../../support/kernel.ts';
import { createNamespace, type Namespace } from '../../support/namespace.ts';
import { mustNatmap, natmap, natmapCommand } from '../../support/natmap.ts';
import { which } from '../../support/process.ts';
import { scriptedShims } from '../../support/shims.ts';

const before = inlineRules(everyKind);
const wanted = inlineRules(otherRules);

const seconds = 3;
const confirmed = ['apply', '--confirm', `${seconds}`, ...wanted];

/** Time enough for what has to be done before it is over, however busy the machine is. */
const confirmedLate = ['apply', '--confirm', '60', ...wanted];

/** What may pass after the deadline, in seconds. */
const grace = 2;

/** The same where nobody measures it, on a machine that is busy with other tests. */
const patience = 30;

async function appliedHost(variant: Variant): Promise<{ ns: Namespace; state: Saved }> {
  const ns = await createNamespace();
  await mustNatmap(ns, variant, ['apply', ...before]);
  return { ns, state: await savedBoth(ns, variant) };
}

/** Gives a folder a disk of its own, with room for a few applies. */
const onSmallDisk = (folder: string) =>
  `cp -a ${folder} ${folder}.copy && mount -t tmpfs -o size=1m,mode=700 none ${folder} && cp -a ${folder}.copy/. ${folder}`;

const fillDisk = (folder: string) => `cat /dev/zero >${folder}/filler`;

const unconfirmed = (ns: Namespace) => existsSync(join(ns.directory, 'state/unconfirmed.json'));

/** Polls until the rules are as given; the seconds that took. */
async function secondsUntil(ns: Namespace, variant: Variant, state: Saved): Promise<number> {
  const from = performance.now();
  const wait = () => (performance.now() - from) / 1000;
  while (wait() < seconds + patience) {
    const found = await savedBoth(ns, variant);
    if (JSON.stringify(found) === JSON.stringify(state)) return wait();
    await sleep(50);
  }
  return Number.POSITIVE_INFINITY;
}

describe.skipIf(kernelReason()).each(variants)('iptables-%s', (variant) => {
  test('nobody confirms: the rules from before come back in time', async () => {
    const { ns, state } = await appliedHost(variant);
    await using _ns = ns;
    using shims = timedLoads(ns, variant);
    await mustNatmap(ns, variant, confirmed, { env: shims.env });
    const deadline = deadlineOf(ns);
    await secondsUntil(ns, variant, state);
    expect(await savedBoth(ns, variant)).toEqual(state);
    expect(lastLoad(ns)).toBeGreaterThanOrEqual(deadline);
    expect(lastLoad(ns)).toBeLessThan(deadline + grace);
    const { stdout } = await mustNatmap(ns, variant, ['history']);
    expect(stdout).toMatch(/^ - .* rollback, as nobody confirmed/);
  });

  test('confirmed: the rules stay, and the guard is gone', async () => {
    const { ns, state } = await appliedHost(variant);
    await using _ns = ns;
    await mustNatmap(ns, variant, confirmedLate);
    await mustNatmap(ns, variant, ['confirm']);
    expect(await savedBoth(ns, variant)).not.toEqual(state);
    expect((await ns.run('ip', ['netns', 'pids', ns.name])).stdout.trim().split('\n')).toHaveLength(
      1,
    );
  });

  test.each(['SIGHUP', 'SIGKILL'] as const)(
    "%s to the terminal's process group after the apply: the rules come back",
    async (signal) => {
      const { ns, state } = await appliedHost(variant);
      await using _ns = ns;
      const script = '"$@"; sleep 60';
      const [command, args] = ns.inside(
        'sh',
        '-c',
        script,
        'sh',
        ...natmapCommand(variant, confirmed),
      );
      const shell = start(command, args, { env: ns.env });
      while (!unconfirmed(ns)) await sleep(10);
      while (JSON.stringify(await savedBoth(ns, variant)) === JSON.stringify(state))
        await sleep(50);
      shell.signalGroup(signal);
      expect(await secondsUntil(ns, variant, state)).toBeLessThan(seconds + patience);
    },
  );

  // libfaketime, as stepping the machine's own clock would be felt by everything that runs on it.
  test.each(['+3600', '-3600'])(
    'the clock is stepped by %s s: the time is the same',
    async (step) => {
      const { ns, state } = await appliedHost(variant);
      await using _ns = ns;
      const clock = join(ns.directory, 'clock');
      writeFileSync(clock, '+0');
      const env = {
        LD_PRELOAD: '/usr/$LIB/faketime/libfaketime.so.1',
        FAKETIME_TIMESTAMP_FILE: clock,
        FAKETIME_NO_CACHE: '1',
        DONT_FAKE_MONOTONIC: '1',
      };
      using shims = timedLoads(ns, variant);
      await mustNatmap(ns, variant, confirmed, { env: { ...env, ...shims.env } });
      const deadline = deadlineOf(ns);
      writeFileSync(clock, step);
      await secondsUntil(ns, variant, state);
      expect(lastLoad(ns)).toBeGreaterThanOrEqual(deadline);
      expect(lastLoad(ns)).toBeLessThan(deadline + grace);
    },
  );

  test('natmap is killed in the middle of the apply: the rules come back', async () => {
    const { ns, state } = await appliedHost(variant);
    await using _ns = ns;
    const slow =
      'case "$*" in *--test*) exec $REAL "$@";; esac; $REAL "$@"; code=$?; sleep 1; exit $code';
    using shims = scriptedShims([program(variant, 'ipv4', '-restore')], slow);
    const running = startNatmap(ns, variant, confirmed, { env: shims.env });
    while (JSON.stringify(await savedBoth(ns, variant)) === JSON.stringify(state)) await sleep(20);
    running.signal('SIGKILL');
    expect(await secondsUntil(ns, variant, state)).toBeLessThan(seconds + patience);
  });

  test('an apply that was killed half-way cannot be confirmed, with its guard and without', async () => {
    const { ns, state } = await appliedHost(variant);
    await using _ns = ns;
    const slow =
      'case "$*" in *--test*) exec $REAL "$@";; esac; $REAL "$@"; code=$?; sleep 1; exit $code';
    using shims = scriptedShims([program(variant, 'ipv4', '-restore')], slow);
    const running = startNatmap(ns, variant, confirmedLate, { env: shims.env });
    while (JSON.stringify(await savedBoth(ns, variant)) === JSON.stringify(state)) await sleep(20);
    running.signal('SIGKILL');
    const rejected = {
      code: 3,
      stderr: expect.stringContaining('interrupted before all of its rules were loaded'),
    };
    expect(await natmap(ns, variant, ['confirm'])).toMatchObject(rejected);
    process.kill(guardOf(ns), 'SIGKILL');
    expect(await natmap(ns, variant, ['confirm'])).toMatchObject(rejected);
    await mustNatmap(ns, variant, ['rollback']);
    expect(await savedBoth(ns, variant)).toEqual(state);
  });

  test('on a terminal it asks there; the terminal is closed: the rules come back', async () => {
    const { ns, state } = await appliedHost(variant);
    await using _ns = ns;
    const line = natmapCommand(variant, confirmed)
      .map((word) => `'${word}'`)
      .join(' ');
    const [command, args] = ns.inside('script', '-qec', line, '/dev/null');
    const terminal = start(command, args, { env: { ...ns.env, SHELL: which('sh') } });
    while (!terminal.printed().includes('keep the new rules? [y/n]')) await sleep(50);
    terminal.signal('SIGKILL');
    await terminal.ended;
    expect(await secondsUntil(ns, variant, state)).toBeLessThan(seconds + patience);
  });

  /** Runs the apply on a terminal; when its rules are there, `then` runs and writes what is typed. */
  const askedOn = (ns: Namespace, asked: readonly string[], then: string, prepare = ':') => {
    const words = (args: readonly string[]) =>
      natmapCommand(variant, args)
        .map((word) => `'${word}'`)
        .join(' ');
    const applied = `while [ ! -e ${ns.directory}/state/history/000002 ]; do sleep 0.1; done`;
    const typing = `( ${applied}; sleep 0.3; ${then.replace('NATMAP', () => words(['confirm']))}; sleep 4 )`;
    const script = `${prepare} && ${typing} | script -qec "${words(asked)}" /dev/null`;
    return ns.run('unshare', ['--mount', '--', 'sh', '-c', script]);
  };

  test.each([
    ['is answered y', confirmedLate, 'echo y', 'stay', 'confirmed: the rules stay', 0],
    ['is answered n', confirmedLate, 'echo n', 'go', 'ipv4: ', 4],
    ['is not answered', confirmed, ':', 'go', 'nobody confirmed in time: the previous rules', 4],
    ['is answered elsewhere', confirmedLate, 'NATMAP >&2', 'stay', 'confirmed elsewhere', 0],
  ])('on a terminal the question %s', async (_, asked, then, fate, said, expected) => {
    const { ns, state } = await appliedHost(variant);
    await using _ns = ns;
    const { code, stdout } = await askedOn(ns, asked, then);
    expect(stdout).toContain(said);
    expect(code).toBe(expected);
    expect(unconfirmed(ns)).toBe(false);
    const after =
      JSON.stringify(await savedBoth(ns, variant)) === JSON.stringify(state) ? 'go' : 'stay';
    expect(after).toBe(fate);
  });

  test('meanwhile a second apply is refused with the time left, and rollback goes back at once', async () => {
    const { ns, state } = await appliedHost(variant);
    await using _ns = ns;
    await mustNatmap(ns, variant, confirmedLate);
    const refused = await natmap(ns, variant, ['apply', ...before]);
    expect(refused.stderr).toMatch(/awaiting confirmation \((60|5\d) s left\)/);
    expect(refused.code).toBe(3);
    await mustNatmap(ns, variant, ['rollback']);
    expect(await savedBoth(ns, variant)).toEqual(state);
    await mustNatmap(ns, variant, ['apply', ...before]);
  });

  test('a rollback that fails leaves the guard on watch', async () => {
    const { ns, state } = await appliedHost(variant);
    await using _ns = ns;
    await mustNatmap(ns, variant, ['apply', '--confirm', '10', ...wanted]);
    const refuse = 'cat >/dev/null; echo no >&2; exit 1';
    using shims = scriptedShims([program(variant, 'ipv4', '-restore')], refuse);
    expect((await natmap(ns, variant, ['rollback'], { env: shims.env })).code).toBe(4);
    expect(await secondsUntil(ns, variant, state)).toBeLessThan(seconds + patience);
  });

  test('a guard that is refused tries again', async () => {
    const { ns, state } = await appliedHost(variant);
    await using _ns = ns;
    const refuseTwo = `payload=$(cat); count="$(dirname "$0")/count"
case "$payload" in *natmap:*) echo x >> "$count"
  case $(wc -l < "$count") in 2|3) echo no >&2; exit 1;; esac;; esac
printf '%s\\n' "$payload" | exec $REAL "$@"`;
    using shims = scriptedShims([program(variant, 'ipv4', '-restore')], refuseTwo);
    await mustNatmap(ns, variant, confirmed, { env: shims.env });
    expect(await secondsUntil(ns, variant, state)).toBeLessThan(seconds + patience);
    expect(shims.calls().length).toBeGreaterThan(2);
  });

  test('a guard that cannot read the rules tries again', async () => {
    const { ns, state } = await appliedHost(variant);
    await using _ns = ns;
    const refuseOnce = `mark="$(dirname "$0")/refuse"
[ -e "$mark" ] && { rm "$mark"; echo busy >&2; exit 4; }
exec $REAL "$@"`;
    using shims = scriptedShims([program(variant, 'ipv4', '-save')], refuseOnce);
    await mustNatmap(ns, variant, confirmed, { env: shims.env });
    const mark = join(shims.env.PATH.split(':')[0] ?? '', 'refuse');
    writeFileSync(mark, '');
    expect(await secondsUntil(ns, variant, state)).toBeLessThan(seconds + patience);
    expect(existsSync(mark)).toBe(false);
  });

  test('the disk is full by then: the rules come back, without a record', async () => {
    const { ns, state } = await appliedHost(variant);
    await using _ns = ns;
    const command = natmapCommand(variant, confirmed);
    const folder = join(ns.directory, 'state');
    const script = `${onSmallDisk(folder)} && "$@" && ${fillDisk(folder)}`;
    await ns.run('unshare', ['--mount', '--', 'sh', '-c', script, 'sh', ...command]);
    expect(await secondsUntil(ns, variant, state)).toBeLessThan(seconds + patience);
  });

  test('the disk is full by then: a terminal is reported what happened, though no record says so', async () => {
    const { ns, state } = await appliedHost(variant);
    await using _ns = ns;
    const folder = join(ns.directory, 'state');
    const { code, stdout } = await askedOn(ns, confirmed, fillDisk(folder), onSmallDisk(folder));
    expect(stdout).toContain('nobody confirmed in time: the previous rules are restored');
    expect(code).toBe(4);
    expect(await savedBoth(ns, variant)).toEqual(state);
  });

  test('a guard that comes up late reverts no other apply', async () => {
    const { ns } = await appliedHost(variant);
    await using _ns = ns;
    const slow = 'case "$*" in *--test*) exec $REAL "$@";; esac; sleep 3; exec $REAL "$@"';
    using shims = scriptedShims([program(variant, 'ipv4', '-restore')], slow);
    const running = startNatmap(ns, variant, ['apply', ...wanted], { env: shims.env });
    while (!existsSync(join(ns.directory, 'state/history/pending'))) await sleep(10);
    const late = ['--id', 'a1', '--record', 'sha256:0', '--seconds', '1'];
    await mustNatmap(ns, variant, ['guard', ...late]);
    expect(unconfirmed(ns)).toBe(false);
    expect(await running.ended).toMatchObject({ code: 0 });
  });

  test('the guard is killed before the apply is over: the rules come back at once', async () => {
    const { ns, state } = await appliedHost(variant);
    await using _ns = ns;
    const file = join(ns.directory, 'state/unconfirmed.json');
    const killGuard = `[ -e ${file} ] && kill -9 $(sed 's/.*"pid":\\([0-9]*\\).*/\\1/' ${file})
exec $REAL "$@"`;
    using shims = scriptedShims([program(variant, 'ipv6', '-restore')], killGuard);
    const { code, stderr } = await natmap(ns, variant, confirmed, { env: shims.env });
    expect(stderr).toContain('the guard that would revert is gone');
    expect(code).toBe(4);
    expect(await savedBoth(ns, variant)).toEqual(state);
    expect(unconfirmed(ns)).toBe(false);
  });

  test('after a restart of the machine there is nothing to confirm any more', async () => {
    const { ns } = await appliedHost(variant);
    await using _ns = ns;
    await mustNatmap(ns, variant, confirmedLate);
    const file = join(ns.directory, 'state/unconfirmed.json');
    writeFileSync(file, readFileSync(file, 'utf8').replace(/"bootId":"./, '"bootId":"another '));
    const { code, stderr } = await natmap(ns, variant, ['confirm']);
    expect(stderr).toContain('the machine was restarted');
    expect(code).toBe(2);
    const again = await mustNatmap(ns, variant, ['apply', ...wanted]);
    expect(again.stderr).toContain('the machine was restarted');
  });

  test('nothing to confirm is an error that says what became of the apply', async () => {
    const { ns, state } = await appliedHost(variant);
    await using _ns = ns;
    expect((await natmap(ns, variant, ['confirm'])).stderr).toContain('no apply is awaiting');
    await mustNatmap(ns, variant, ['apply', '--confirm', '1', ...wanted]);
    await secondsUntil(ns, variant, state);
    await sleep(500);
    const { code, stderr } = await natmap(ns, variant, ['confirm']);
    expect(stderr).toContain('nobody confirmed in time');
    expect(code).toBe(2);
  });

  test('an apply that fails leaves no guard', async () => {
    const { ns } = await appliedHost(variant);
    await using _ns = ns;
    const refuse =
      'case "$*" in *--test*) exec $REAL "$@";; esac; cat >/dev/null; echo no >&2; exit 1';
    using shims = scriptedShims([program(variant, 'ipv4', '-restore')], refuse);
    expect((await natmap(ns, variant, confirmed, { env: shims.env })).code).toBe(4);
    expect(unconfirmed(ns)).toBe(false);
  });
});
