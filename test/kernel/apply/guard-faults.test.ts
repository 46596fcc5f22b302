/**
 * Random faults while an apply waits to be confirmed, and while the guard reverts it: the previous rules are
 * back within the deadline and two seconds more, once the fault has passed. A sample; all of them by
 * `npm run faults:guard`.
 */
import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { monotonicSeconds } from '../../../src/apply/confirmation.ts';
import { deadlineOf, isRunning, lastLoad, secondsUntil, timedLoads } from '../../support/guard.ts';
import { faults, sceneOf, smallDisk } from '../../support/guard-faults.ts';
import { everyKind, inlineRules, otherRules } from '../../support/inputs.ts';
import { savedBoth } from '../../support/iptables.ts';
import { kernelReason, type Variant, variants } from '../../support/kernel.ts';
import { createNamespace, type Namespace } from '../../support/namespace.ts';
import { mustNatmap } from '../../support/natmap.ts';
import { generator } from '../../support/random.ts';
import type { Shims } from '../../support/shims.ts';

const before = inlineRules(everyKind);
const wanted = inlineRules(otherRules);

/** How many in all; the sample meets each kind once. */
const count = Number(process.env.NATMAP_GUARD_FAULTS ?? faults.length);

/** Guards that wait at the same time. */
const lanes = Array.from({ length: 6 }, (_, lane) => lane);

const seconds = 3;
const grace = 2;

test.skipIf(kernelReason()).concurrent.each(lanes)(
  'lane %i',
  async (lane) => {
    for (let at = lane; at < count; at += lanes.length) {
      await meetFault(at, variants[at % variants.length] ?? 'nft');
    }
  },
  3_600_000,
);

async function meetFault(at: number, variant: Variant): Promise<void> {
  const random = generator(at);
  const fault = faults[at % faults.length];
  if (fault === undefined) throw new Error('no faults');
  await using ns = await createNamespace();
  using _disk = fault.fillsDisk ? await smallDisk(ns) : null;
  using shims = timedLoads(ns, variant, `[ -e ${join(ns.directory, 'refuse')} ] && exit 1`);
  await mustNatmap(ns, variant, ['apply', ...before]);
  const state = await savedBoth(ns, variant);
  await applyUnconfirmed(ns, variant, shims);
  const deadline = deadlineOf(ns);
  const lasts = 0.3 + random(30) / 10;
  const scene = sceneOf(ns, variant, lasts, random);
  await sleep(random(seconds * 1000 + 500));
  await fault.happen(scene);
  const end = Math.max(deadline, monotonicSeconds());
  await secondsUntil(ns, variant, state, end - monotonicSeconds() + 60);
  const what = `fault ${at}: ${fault.name}, ${lasts.toFixed(1)} s, iptables-${variant}`;
  expect(await savedBoth(ns, variant), what).toEqual(state);
  const late = lastLoad(ns) - end;
  report(what, late);
  expect(late, what).toBeLessThan(grace);
  for (let waited = 0; isRunning(scene.guard) && waited < 200; waited++) await sleep(100);
  expect(isRunning(scene.guard), `${what}: the guard ends`).toBe(false);
}

/** With a clock that can be stepped. */
async function applyUnconfirmed(ns: Namespace, variant: Variant, shims: Shims): Promise<void> {
  const clock = join(ns.directory, 'clock');
  writeFileSync(clock, '+0');
  const env = {
    ...shims.env,
    LD_PRELOAD: '/usr/$LIB/faketime/libfaketime.so.1',
    FAKETIME_TIMESTAMP_FILE: clock,
    FAKETIME_NO_CACHE: '1',
    DONT_FAKE_MONOTONIC: '1',
  };
  await mustNatmap(ns, variant, ['apply', '--confirm', `${seconds}`, ...wanted], { env });
}

/** The figures, where they are asked for. */
function report(what: string, late: number): void {
  const file = process.env.NATMAP_GUARD_FAULTS_REPORT;
  if (file !== undefined) appendFileSync(file, `${late.toFixed(2)} s late: ${what}\n`);
}
