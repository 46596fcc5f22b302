// The way of packets through the chains of one table, as far as the rules tell.
import { type ReadRule, type ReadVerdict, readConditions } from '../iptables/conditions.ts';
import { ruleLine } from '../iptables/print.ts';
import { type Chain, findChain, type Rule, type Table } from '../iptables/ruleset.ts';
import { fitOf, type Traffic } from './traffic.ts';

/** What becomes of packets that are alike. */
export type Fate =
  /** All of them end at a rule, whose target's own words are `options`. */
  | {
      readonly kind: 'ends';
      readonly target: string;
      readonly rule: string;
      readonly options: readonly string[];
    }
  /** No rule decides on any of them; `by` is one that made all of them leave a chain early. */
  | { readonly kind: 'policy'; readonly target: string; readonly by: string | null }
  /** All of those that are still there come to the chain that was looked for. */
  | { readonly kind: 'reaches' }
  /** Some may go one way and some another: natmap cannot tell. */
  | { readonly kind: 'unclear' };

/** Whether packets are let through no further. */
export function isRefused(fate: Fate): boolean {
  if (fate.kind !== 'ends' && fate.kind !== 'policy') return false;
  return fate.target === 'DROP' || fate.target === 'REJECT';
}

/**
 * Follows packets from a built-in chain to their end.
 *
 * @param until stops where all packets jump to this chain, if one is given
 */
export function walk(
  table: Table,
  from: string,
  traffic: Traffic,
  until: string | null = null,
): Fate {
  const start = findChain(table, from);
  if (start === undefined) return { kind: 'unclear' };
  const fate = walkChain({ table, traffic, until, passed: new Map() }, start);
  return fate.kind === 'returns' ? { kind: 'policy', target: start.policy, by: fate.by } : fate;
}

interface Journey {
  readonly table: Table;
  readonly traffic: Traffic;
  readonly until: string | null;
  /** What becomes of the packets in each chain that they have come to. */
  readonly passed: Map<string, Step>;
}

type Step =
  | Exclude<Fate, { kind: 'policy' }>
  | { readonly kind: 'returns'; readonly by: string | null };

function walkChain(journey: Journey, chain: Chain): Step {
  const known = journey.passed.get(chain.name);
  if (known !== undefined) return known;
  // A circle, which only a file can hold, comes to this again.
  journey.passed.set(chain.name, { kind: 'unclear' });
  const step = walkRules(journey, chain);
  journey.passed.set(chain.name, step);
  return step;
}

function walkRules(journey: Journey, chain: Chain): Step {
  let someReturned = false;
  let by: string | null = null;
  for (const rule of chain.rules) {
    const { conditions, verdict } = conditionsOf(rule);
    if (verdict.kind === 'none' || goesOn.has(verdict.target)) continue;
    const fits = fitOf(conditions, journey.traffic);
    if (fits === 'none') continue;
    const step = follow(journey, chain, rule, verdict);
    if (step.kind === 'returns') {
      const isBack = verdict.kind === 'jump' && verdict.target !== 'RETURN';
      if (!isBack && fits === 'all') return step;
      if (isBack) by = step.by ?? by;
      else someReturned = true;
      continue;
    }
    // Those that a rule may refuse are gone; what is asked is what becomes of the others.
    if (fits === 'some' && step.kind === 'ends' && isRefused(step)) continue;
    return fits === 'some' || someReturned ? { kind: 'unclear' } : step;
  }
  return { kind: 'returns', by };
}

function follow(
  journey: Journey,
  chain: Chain,
  rule: Rule,
  { target, options }: Exclude<ReadVerdict, { kind: 'none' }>,
): Step {
  const line = ruleLine(chain.name, rule.spec);
  if (target === 'RETURN') return { kind: 'returns', by: line };
  if (target === journey.until) return { kind: 'reaches' };
  const next = findChain(journey.table, target);
  if (next !== undefined) return walkChain(journey, next);
  return ends.has(target) ? { kind: 'ends', target, rule: line, options } : { kind: 'unclear' };
}

const readRules = new WeakMap<Rule, ReadRule>();

/** Ten thousand mappings pass the same rules. */
export function conditionsOf(rule: Rule): ReadRule {
  const earlier = readRules.get(rule);
  if (earlier !== undefined) return earlier;
  const read = readConditions(rule.spec);
  readRules.set(rule, read);
  return read;
}

/** Targets after which the next rule is looked at (iptables-extensions(8)). */
const goesOn: ReadonlySet<string> = new Set([
  ...['LOG', 'NFLOG', 'ULOG', 'AUDIT', 'TRACE', 'MARK', 'CONNMARK', 'CONNSECMARK', 'SECMARK'],
  ...['CLASSIFY', 'CT', 'NOTRACK', 'DSCP', 'TOS', 'TTL', 'HL', 'ECN', 'TCPMSS', 'TCPOPTSTRIP'],
  ...['SET', 'RATEEST', 'IDLETIMER', 'LED', 'CHECKSUM', 'TEE', 'HMARK'],
]);

/** Targets that decide. */
const ends: ReadonlySet<string> = new Set([
  ...['ACCEPT', 'DROP', 'REJECT', 'DNAT', 'SNAT', 'MASQUERADE', 'REDIRECT', 'NETMAP'],
]);
