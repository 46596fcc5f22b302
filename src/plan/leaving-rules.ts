// What the rules have counted that leave their chain: a chain that becomes a dispatch tree hands its rules
// to new chains, where they go on counting.
import { isOwnedChain } from '../iptables/owned.ts';
import type { Counters, Rule, Table } from '../iptables/ruleset.ts';

/** Takes what a rule of this text has counted, all of its copies together; null when nothing is left. */
export type TakeCounters = (spec: string) => Counters | null;

export function leavingCounters(
  { chains }: Table,
  desired: ReadonlyMap<string, readonly Rule[]>,
): TakeCounters {
  const left = new Map<string, Counters>();
  for (const { name, rules } of chains) {
    if (!isOwnedChain(name)) continue;
    const staying = new Set(desired.get(name)?.map(({ spec }) => spec));
    for (const { spec, counters } of rules) {
      if (counters === null || staying.has(spec)) continue;
      const known = left.get(spec);
      left.set(spec, known === undefined ? counters : add(known, counters));
    }
  }
  return (spec) => {
    const counters = left.get(spec) ?? null;
    left.delete(spec);
    return counters;
  };
}

function add(a: Counters, b: Counters): Counters {
  const sum = (key: keyof Counters) => String(BigInt(a[key]) + BigInt(b[key]));
  return { packets: sum('packets'), bytes: sum('bytes') };
}
