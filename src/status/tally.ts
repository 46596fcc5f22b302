// What the live rules of natmap's have counted, added up by what they serve.
import { isOwnedChain } from '../iptables/owned.ts';
import type { Counters, Ruleset } from '../iptables/ruleset.ts';
import type { Wanted } from '../iptables/wanted.ts';
import { tableLine } from './lines.ts';

/** Packets and bytes: a number holds only 2^53 exactly, and the kernel counts to 2^64. */
interface Count {
  readonly packets: bigint;
  readonly bytes: bigint;
}

export interface Tally {
  /** Rules that are wanted, those of them that are live, and those that serve others too. */
  readonly rules: { readonly wanted: number; readonly live: number; readonly shared: number };
  /** The sum over the live rules; null where there is none, or the counters were not saved. */
  readonly count: Count | null;
}

/** What nothing serves. */
export const noRules: Tally = { rules: { wanted: 0, live: 0, shared: 0 }, count: null };

/**
 * Adds up the live counters of the rules wanted.
 *
 * @param servedBy what a rule serves, by its origin; a rule of several counts for each of them
 */
export function tallyRules<O, K>(
  { chains }: Wanted<O>,
  live: Ruleset,
  servedBy: (origin: O) => ReadonlySet<K>,
): Map<K, Tally> {
  const counts = countOwned(live);
  const tallies = new Map<K, Tally>();
  for (const { table, origin, lines } of rulesOf(chains)) {
    const served = servedBy(origin);
    const count = sumOfCopies(lines, counts);
    // In mangle a first packet is counted again, which the rule that accepts it has counted.
    const rule = tallyOf(table === 'mangle' && count ? none : count, served.size > 1);
    for (const key of served) tallies.set(key, add(tallies.get(key), rule));
  }
  return tallies;
}

/** A rule, and its line in each chain of a dispatch tree that it stands in. */
interface RuleLines<O> {
  readonly table: string;
  readonly origin: O;
  readonly lines: string[];
}

function rulesOf<O>(chains: Wanted<O>['chains']): Iterable<RuleLines<O>> {
  const rules = new Map<string, RuleLines<O>>();
  for (const { table, name, partOf = name, rules: those } of chains) {
    for (const { spec, origin } of those) {
      const key = tableLine(table, partOf, spec);
      const line = tableLine(table, name, spec);
      const known = rules.get(key);
      if (known === undefined) rules.set(key, { table, origin, lines: [line] });
      else known.lines.push(line);
    }
  }
  return rules.values();
}

/** @returns undefined unless all copies are live: without one of them, some packets miss the rule */
function sumOfCopies(
  lines: readonly string[],
  counts: ReadonlyMap<string, Count | null>,
): Count | null | undefined {
  const [first, ...others] = lines.map((line) => counts.get(line));
  return others.reduce<Count | null | undefined>(
    (total, count) => (total === undefined || count === undefined ? undefined : sum(total, count)),
    first,
  );
}

const none: Count = { packets: 0n, bytes: 0n };

/** The counts of our live rules by their lines; copies of a rule count together. */
function countOwned({ tables }: Ruleset): Map<string, Count | null> {
  const counts = new Map<string, Count | null>();
  for (const { name: table, chains } of tables) {
    for (const { name, rules } of chains.filter((chain) => isOwnedChain(chain.name))) {
      for (const { spec, counters } of rules) {
        const line = tableLine(table, name, spec);
        const count = countOf(counters);
        counts.set(line, counts.has(line) ? sum(counts.get(line) ?? null, count) : count);
      }
    }
  }
  return counts;
}

function countOf(counters: Counters | null): Count | null {
  if (counters === null) return null;
  return { packets: BigInt(counters.packets), bytes: BigInt(counters.bytes) };
}

/** @param count undefined when the rule is not live */
function tallyOf(count: Count | null | undefined, isShared: boolean): Tally {
  const live = count === undefined ? 0 : 1;
  return { rules: { wanted: 1, live, shared: isShared ? 1 : 0 }, count: count ?? null };
}

function add(tally: Tally | undefined, rule: Tally): Tally {
  if (tally === undefined) return rule;
  const [a, b] = [tally.rules, rule.rules];
  const rules = {
    wanted: a.wanted + b.wanted,
    live: a.live + b.live,
    shared: a.shared + b.shared,
  };
  if (b.live === 0) return { rules, count: tally.count };
  return { rules, count: a.live === 0 ? rule.count : sum(tally.count, rule.count) };
}

/** Unknown when either is. */
function sum(a: Count | null, b: Count | null): Count | null {
  if (a === null || b === null) return null;
  return { packets: a.packets + b.packets, bytes: a.bytes + b.bytes };
}
