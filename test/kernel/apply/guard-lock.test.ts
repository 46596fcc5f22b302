/**
 * Who has the lock when the time to confirm is over: the apply that the guard belongs to is ended where it is
 * stopped, so that the previous rules come back; others are waited for.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { monotonicSeconds } from '../../../src/apply/confirmation.ts';
import { start, startNatmap } from '../../support/background.ts';
import { deadlineOf, isRunning, secondsUntil } from '../../support/guard.ts';
import { everyKind, inlineRules, otherRules } from '../../support/inputs.ts';
import { program, savedBoth } from '../../support/iptables.ts';
import { kernelReason, variants } from '../../support/kernel.ts';
import { createNamespace, type Namespace } from '../../support/namespace.ts';
import { mustNatmap, natmapCommand } from '../../support/natmap.ts';
import { scriptedShims } from '../../support/shims.ts';

const before = inlineRules(everyKind);
const wanted = inlineRules(otherRules);
const seconds = 2;
const confirmed = ['apply', '--confirm', `${seconds}`, ...wanted];

/** Seconds, on a machine that is busy with other tests; less than an apply may be late that only is slow. */
const patience = 30;

/** Marks that the IPv6 rules are about to be loaded, those of IPv4 are there, and does something. */
const beforeIpv6 = (act: string) => `case "$*" in *--test*) exec $REAL "$@";; esac
mark="$(dirname "$0")/half"
[ -e "$mark" ] && exec $REAL "$@"
touch "$mark"; ${act}
exec $REAL "$@"`;

async function until(isSo: () => boolean): Promise<void> {
  for (let waited = 0; waited < patience * 50 && !isSo(); waited++) await sleep(20);
  expect(isSo()).toBe(true);
}

describe.skipIf(kernelReason()).each(variants)('iptables-%s', (variant) => {
  const restore = [program(variant, 'ipv6', '-restore')];

  async function appliedHost(): Promise<Namespace> {
    const ns = await createNamespace();
    await mustNatmap(ns, variant, ['apply', ...before]);
    return ns;
  }

  test('an apply that is stopped half-way is ended, and the rules come back', async () => {
    await using ns = await appliedHost();
    const state = await savedBoth(ns, variant);
    using shims = scriptedShims(restore, beforeIpv6('sleep 1'));
    const apply = startNatmap(ns, variant, confirmed, { env: shims.env });
    await until(() => existsSync(join(shims.folder, 'half')));
    apply.signal('SIGSTOP');
    expect(await savedBoth(ns, variant)).not.toEqual(state);
    await secondsUntil(ns, variant, state, seconds + patience);
    expect(await savedBoth(ns, variant)).toEqual(state);
    expect(await apply.ended).toMatchObject({ code: 137 });
    await mustNatmap(ns, variant, ['apply', ...wanted]);
  });

  test('so is an apply whose program is stopped', async () => {
    await using ns = await appliedHost();
    const state = await savedBoth(ns, variant);
    using shims = scriptedShims(restore, beforeIpv6('kill -STOP $$'));
    const apply = startNatmap(ns, variant, confirmed, { env: shims.env });
    await until(() => existsSync(join(shims.folder, 'half')));
    expect(await savedBoth(ns, variant)).not.toEqual(state);
    await secondsUntil(ns, variant, state, seconds + patience);
    expect(await savedBoth(ns, variant)).toEqual(state);
    expect(await apply.ended).toMatchObject({ code: 137 });
  });

  test('an apply that is slow is not ended', async () => {
    await using ns = await appliedHost();
    using shims = scriptedShims(restore, beforeIpv6(`sleep ${seconds + 2}`));
    const { stderr } = await mustNatmap(ns, variant, confirmed, { env: shims.env });
    expect(stderr).toContain(`the previous rules are restored in ${seconds} s`);
  });

  test('another natmap that is stopped is not ended: the rules come back when it has gone on', async () => {
    await using ns = await appliedHost();
    const state = await savedBoth(ns, variant);
    await mustNatmap(ns, variant, ['apply', '--confirm', '8', ...wanted]);
    const deadline = deadlineOf(ns);
    using shims = scriptedShims(
      [program(variant, 'ipv4', '-save')],
      'touch "$(dirname "$0")/reading"; until [ -e "$(dirname "$0")/go" ]; do sleep 0.1; done; exec $REAL "$@"',
    );
    const other = startNatmap(ns, variant, ['rollback'], { env: shims.env });
    await until(() => existsSync(join(shims.folder, 'reading')));
    other.signal('SIGSTOP');
    await sleep((deadline + 3 - monotonicSeconds()) * 1000);
    expect(isRunning(other.pid)).toBe(true);
    expect(await savedBoth(ns, variant)).not.toEqual(state);
    writeFileSync(join(shims.folder, 'go'), '');
    other.signal('SIGCONT');
    expect(await other.ended).toMatchObject({ code: 0 });
    expect(await savedBoth(ns, variant)).toEqual(state);
  });

  test('an apply whose output nobody reads holds no lock: the rules come back', async () => {
    await using ns = await appliedHost();
    const state = await savedBoth(ns, variant);
    const pipe = join(ns.directory, 'pipe');
    const intoFullPipe = 'mkfifo "$0"; exec 3<>"$0"; head -c 65536 /dev/zero >&3; exec "$@" >&3';
    const apply = natmapCommand(variant, confirmed);
    const [program, args] = ns.inside('sh', '-c', intoFullPipe, pipe, ...apply);
    const running = start(program, args, { env: ns.env });
    await until(() => existsSync(join(ns.directory, 'state/history/000002')));
    await secondsUntil(ns, variant, state, seconds + patience);
    expect(await savedBoth(ns, variant)).toEqual(state);
    expect(isRunning(running.pid)).toBe(true);
    running.signal('SIGKILL');
    await running.ended;
  });
});
