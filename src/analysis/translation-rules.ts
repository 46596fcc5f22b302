// natmap's rules that translate destinations, in the order in which a new connection meets them, with the
// packets that come to each.
import { isOwnedChain, isOwnedRule } from '../iptables/owned.ts';
import { protocolNumbers } from '../net/protocol.ts';
import type { Chains } from '../netfilter/evaluate-chain.ts';
import {
  chainOf,
  type ReadChain,
  type ReadRule,
  type ReadTables,
  readRuleLine,
} from '../netfilter/tables.ts';
import { oneValue } from '../packet/dimensions.ts';
import { everyPacket, intersectSets, type PacketSet, setsOverlap } from '../packet/packet-set.ts';

/** Where connections come in: from elsewhere, or from this host itself. */
export type Hook = 'PREROUTING' | 'OUTPUT';

export interface TranslationRules {
  /** natmap's part of the nat table, without the rules that are not understood. */
  readonly chains: Chains;
  readonly hook: ReadChain | null;
  /** Rules that decide on packets. */
  readonly rules: readonly PlacedRule[];
  /** `-A CHAIN …` of rules that were not understood. */
  readonly unknown: readonly string[];
}

export interface PlacedRule {
  readonly rule: ReadRule;
  /** The rules that jump there, as text, and the rule itself: equal for the same rule at the same place. */
  readonly key: string;
  /** At most these match, of those that come to the chain. */
  readonly packets: PacketSet;
}

export function translationRules(tables: ReadTables, hook: Hook): TranslationRules {
  const unknown: string[] = [];
  const chains = ownedChains(tables, (rule) => void unknown.push(readRuleLine(rule)));
  const rules: PlacedRule[] = [];
  const visit = (chain: ReadChain, packets: PacketSet, path: readonly string[]): void => {
    for (const rule of chain.rules) {
      const here = intersectSets(packets, rule.packets.atMost);
      const steps = [...path, rule.rule.spec];
      const { action } = rule;
      if (action.kind === 'jump' || action.kind === 'goto') {
        const next = path.length > deepest ? null : chains.chain('nat', action.chain);
        if (next !== null && here.length > 0) visit(next, here, steps);
      } else if (action.kind !== 'continue') {
        rules.push({ rule, key: steps.join('\n'), packets: here });
      }
    }
  };
  const start = chains.chain('nat', hook);
  if (start !== null) visit(start, everyPacket, [hook]);
  return { chains, hook: start, rules, unknown };
}

/** Jumps within jumps; the kernel takes no circle, but a file may hold one. */
const deepest = 16;

function ownedChains(tables: ReadTables, skip: (rule: ReadRule) => void): Chains {
  const kept = new Map<string, ReadChain | null>();
  return {
    chain(table, name) {
      const known = kept.get(name);
      if (known !== undefined) return known;
      const whole = tables.chain(table, name);
      const chain = whole === null ? null : ownedPart(whole, skip);
      kept.set(name, chain);
      return chain;
    },
  };
}

function ownedPart(chain: ReadChain, skip: (rule: ReadRule) => void): ReadChain {
  const { table, name, policy } = chain;
  const owned = isOwnedChain(name)
    ? chain.rules
    : chain.rules.filter(({ rule }) => isOwnedRule(rule.spec));
  const rules = owned.filter((rule) => {
    const isKnown = rule.isUnderstood && isReported(rule);
    if (!isKnown) skip(rule);
    return isKnown;
  });
  return chainOf(table, name, policy, rules);
}

/** Whether what the rule does can be put into words. */
function isReported({ action, packets }: ReadRule): boolean {
  switch (action.kind) {
    case 'translate':
      return action.translation.kind === 'destination' && setsOverlap(packets.atMost, mapped);
    case 'accept':
    case 'return':
    case 'continue':
    case 'jump':
    case 'goto':
      return true;
    case 'drop':
    case 'reject':
    case 'queue':
    case 'untrack':
    case 'unknown':
      return false;
  }
}

const mapped: PacketSet = Object.values(protocolNumbers).map((number) => ({
  protocol: oneValue(number),
}));
