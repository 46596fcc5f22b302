/** The guard of `apply --confirm`, looked at from the outside. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { program, type Saved, savedBoth } from './iptables.ts';
import type { Variant } from './kernel.ts';
import type { Namespace } from './namespace.ts';
import { type Shims, scriptedShims } from './shims.ts';

/** Its process id, once it is on watch. */
export function guardOf(ns: Namespace): number {
  const text = readFileSync(join(ns.directory, 'state/unconfirmed.json'), 'utf8');
  const pid = /"pid":(\d+)/.exec(text)?.[1];
  if (pid === undefined) throw new Error(`no guard in ${text}`);
  return Number(pid);
}

/** When its time to confirm is over, on the clock of `monotonicSeconds`. */
export function deadlineOf(ns: Namespace): number {
  const text = readFileSync(join(ns.directory, 'state/unconfirmed.json'), 'utf8');
  return (JSON.parse(text) as { readonly deadline: number }).deadline;
}

/** iptables-restore of IPv4 that writes down when it has loaded; `first` is run before. */
export function timedLoads(ns: Namespace, variant: Variant, first = ':'): Shims {
  const script = `${first}
$REAL "$@" || exit
cat /proc/uptime >> ${join(ns.directory, 'loaded')}`;
  return scriptedShims([program(variant, 'ipv4', '-restore')], script);
}

/** When the IPv4 rules were loaded, which is last on the way back, on the clock of `monotonicSeconds`. */
export function lastLoad(ns: Namespace): number {
  const lines = readFileSync(join(ns.directory, 'loaded'), 'utf8').trimEnd().split('\n');
  return Number.parseFloat(lines.at(-1) ?? '');
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
