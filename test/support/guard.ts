/** The guard of `apply --confirm`, looked at from the outside. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Saved, savedBoth } from './iptables.ts';
import type { Variant } from './kernel.ts';
import type { Namespace } from './namespace.ts';

/** Its process id, once it is on watch. */
export function guardOf(ns: Namespace): number {
  const text = readFileSync(join(ns.directory, 'state/unconfirmed.json'), 'utf8');
  const pid = /"pid":(\d+)/.exec(text)?.[1];
  if (pid === undefined) throw new Error(`no guard in ${text}`);
  return Number(pid);
}

/** Whether a process runs, and is not only a zombie of itself. */
export function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

/** Polls until the rules are as given. @returns the seconds that it took, or infinity after `most` */
export async function secondsUntil(
  ns: Namespace,
  variant: Variant,
  state: Saved,
  most: number,
): Promise<number> {
  const from = performance.now();
  const waited = () => (performance.now() - from) / 1000;
  while (waited() < most) {
    const found = await savedBoth(ns, variant);
    if (JSON.stringify(found) === JSON.stringify(state)) return waited();
    await sleep(50);
  }
  return Number.POSITIVE_INFINITY;
}
