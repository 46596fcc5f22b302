// Whether rules of others that stand before natmap's jump take connections from natmap's rules: Docker puts the
// MASQUERADE of each new network first, and an snat entry for that network then gets no packet.
import { flattenDispatch } from '../dispatch/flatten.ts';
import { isOwnedRule } from '../iptables/owned.ts';
import type { Chain, Ruleset, Table } from '../iptables/ruleset.ts';
import type { Action } from '../iptables/targets.ts';
import type { Jump, Wanted } from '../iptables/wanted.ts';
import { evaluateChain } from '../netfilter/evaluate-chain.ts';
import { type ReadChain, type ReadRule, ReadTables, readRuleLine } from '../netfilter/tables.ts';
import { everyPacket, intersectSets, type PacketSet, setsOverlap } from '../packet/packet-set.ts';

/** Rules of natmap's that get none of these packets, as another rule comes first. */
export interface TakenConnections {
  /** The rule that decides in their place: `-A CHAIN …`. */
  readonly by: string;
  /** The first such rule of natmap's, as `-A CHAIN …`. */
  readonly from: string;
}

/** Pairs of rules that are looked at closely. */
const mostPairs = 1000;

/**
 * @param chain with the jump in it
 * @returns null also where it is not certain that a rule matches: moving the jump has to have a reason
 */
export function takenBefore(
  jump: Jump,
  chain: Chain,
  table: Table,
  desired: EntryRules,
): TakenConnections | null {
  const place = chain.rules.findIndex(({ spec }) => spec === jump.spec);
  if (place < 0) return null;
  const before = chain.rules.slice(0, place);
  if (!before.some(({ spec }) => !isOwnedRule(spec))) return null;
  const chains = table.chains.map((each) =>
    each === chain ? { ...chain, rules: chain.rules.slice(0, place + 1) } : each,
  );
  const live: Ruleset = { family: desired.family, tables: [{ ...table, chains }] };
  const tables = new ReadTables(live, null);
  const start = tables.chain(table.name, chain.name);
  const entries = desired.chain(jump);
  if (start === null || entries === null) return null;
  let pairs = 0;
  for (const { rule, packets } of decidingRules(tables, start, jump)) {
    for (const entry of meeting(entries, packets)) {
      if (isSame(entry.action, rule.action)) continue;
      if (pairs++ > mostPairs) return null;
      const common = intersectSets(packets, entry.packets.atMost);
      const by = takingRule(tables, start, common, entry, jump);
      if (by !== null) return { by: readRuleLine(by), from: readRuleLine(entry) };
    }
  }
  return null;
}

/** natmap's desired rules behind each jump, as lists; read when they are asked for. */
export class EntryRules {
  readonly family: Wanted['family'];
  private readonly wanted: Wanted;
  private tables: ReadTables | null = null;

  constructor(wanted: Wanted) {
    this.family = wanted.family;
    this.wanted = wanted;
  }

  chain({ table, target }: Jump): ReadChain | null {
    this.tables ??= new ReadTables(flattenDispatch(rulesetOf(this.wanted)), null);
    return this.tables.chain(table, target);
  }
}

function rulesetOf({ family, chains }: Wanted): Ruleset {
  const names = [...new Set(chains.map(({ table }) => table))];
  return {
    family,
    tables: names.map((name) => ({
      name,
      chains: chains
        .filter(({ table }) => table === name)
        .map((chain) => ({
          ...{ name: chain.name, policy: '-', counters: null },
          rules: chain.rules.map(({ spec }) => ({ spec, counters: null })),
        })),
    })),
  };
}

interface DecidingRule {
  readonly rule: ReadRule;
  /** These match for certain, as far as no earlier rule does. */
  readonly packets: PacketSet;
}

/** The rules that packets may end at before the jump, in the chain itself and in those that it jumps to. */
function* decidingRules(
  tables: ReadTables,
  chain: ReadChain,
  jump: Jump,
  packets: PacketSet = everyPacket,
  path: readonly string[] = [],
): Generator<DecidingRule> {
  for (const rule of chain.rules) {
    const here = intersectSets(packets, rule.packets.atLeast);
    if (here.length === 0) continue;
    const { action } = rule;
    switch (action.kind) {
      case 'jump':
      case 'goto': {
        const next = tables.chain(chain.table, action.chain);
        const isOther = action.chain !== jump.target && !path.includes(action.chain);
        if (next !== null && isOther) {
          yield* decidingRules(tables, next, jump, here, [...path, action.chain]);
        }
        break;
      }
      case 'return':
        if (path.length === 0) yield { rule, packets: here };
        break;
      case 'accept':
      case 'drop':
      case 'reject':
      case 'queue':
      case 'translate':
        yield { rule, packets: here };
        break;
      case 'continue':
      case 'untrack':
      case 'unknown':
        break;
    }
  }
}

function meeting({ rules, index }: ReadChain, packets: PacketSet): readonly ReadRule[] {
  const numbers = index.candidates((dimension) => {
    const values = packets.map((box) => box[dimension]);
    return values.includes(undefined) ? null : values.filter((set) => set !== undefined);
  });
  return numbers.flatMap((number) => {
    const rule = rules[number];
    return rule !== undefined && setsOverlap(rule.packets.atMost, packets) ? [rule] : [];
  });
}

/** The rule that some of the packets end at for certain, and that does something else than the entry's. */
function takingRule(
  tables: ReadTables,
  start: ReadChain,
  packets: PacketSet,
  entry: ReadRule,
  { target: until }: Jump,
): ReadRule | null {
  const stream = { packets, view: {}, isCertain: true };
  const returning = start.rules.find(({ action }) => action.kind === 'return');
  for (const { stream: end, disposition, rule } of evaluateChain(tables, start, [stream], {
    until,
  })) {
    if (!end.isCertain || disposition === 'reach' || disposition === 'unknown') continue;
    const deciding = rule ?? returning;
    if (deciding !== undefined && !isSame(entry.action, deciding.action)) return deciding;
  }
  return null;
}

function isSame(a: Action, b: Action): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
