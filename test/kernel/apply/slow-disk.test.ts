/**
 * A disk that takes long for each fsync(2): the time to confirm begins when the lock is free, and the rules
 * come back before anything is recorded.
 */
import { expect, test } from 'vitest';
import { monotonicSeconds } from '../../../src/apply/confirmation.ts';
import { deadlineOf, lastLoad, secondsUntil, timedLoads } from '../../support/guard.ts';
import { everyKind, inlineRules, otherRules } from '../../support/inputs.ts';
import { savedBoth } from '../../support/iptables.ts';
import { kernelReason } from '../../support/kernel.ts';
import { createNamespace, type Namespace } from '../../support/namespace.ts';
import { mustNatmap, natmapCommand } from '../../support/natmap.ts';

const before = inlineRules(everyKind);
const wanted = inlineRules(otherRules);

/** Seconds for each fsync. */
const delay = 2;

/** The guard, which goes on when the apply has ended, is on the slow disk too. */
async function applyUnconfirmed(
  ns: Namespace,
  seconds: number,
  env: Readonly<Record<string, string>> = {},
): Promise<void> {
  const calls = 'fsync,fdatasync';
  const slow = [`--trace=${calls}`, `--inject=${calls}:delay_enter=${delay}s`];
  const strace = ['-D', '-f', '--seccomp-bpf', '-qq', '-o', '/dev/null', ...slow];
  const apply = natmapCommand('nft', ['apply', '--confirm', `${seconds}`, ...wanted]);
  // strace, which goes on too, would keep a pipe open.
  const silent = ['-c', 'exec "$@" >/dev/null 2>&1', 'sh'];
  await ns.mustRun('sh', [...silent, 'strace', ...strace, ...apply], { env });
}

test.skipIf(kernelReason())(
  'there is the full time to confirm, and no lock in the way',
  async () => {
    await using ns = await createNamespace();
    await mustNatmap(ns, 'nft', ['apply', ...before]);
    await applyUnconfirmed(ns, 20);
    expect(deadlineOf(ns) - monotonicSeconds()).toBeGreaterThan(20 - 2 * delay);
    await mustNatmap(ns, 'nft', ['confirm', '--lock-timeout', '1']);
  },
);

test.skipIf(kernelReason())('the guard loads first and records afterwards', async () => {
  await using ns = await createNamespace();
  await mustNatmap(ns, 'nft', ['apply', ...before]);
  const state = await savedBoth(ns, 'nft');
  using shims = timedLoads(ns, 'nft');
  await applyUnconfirmed(ns, 3, shims.env);
  const deadline = deadlineOf(ns);
  await secondsUntil(ns, 'nft', state, 60);
  expect(await savedBoth(ns, 'nft')).toEqual(state);
  expect(lastLoad(ns) - deadline).toBeLessThan(2);
});
