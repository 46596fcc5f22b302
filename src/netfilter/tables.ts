// The rules of a host, each read once and kept read.

import type { MatchContext } from '../iptables/extensions/extension.ts';
import { ruleLine } from '../iptables/print.ts';
import { rulePackets } from '../iptables/rule-packets.ts';
import type { Chain, Rule, Ruleset } from '../iptables/ruleset.ts';
import { readSavedRule } from '../iptables/saved-rule.ts';
import { type Action, actionOf } from '../iptables/targets.ts';
import { indexPackets, type PacketIndex } from '../packet/packet-index.ts';
import type { Bounds } from '../packet/packet-set.ts';

/** A rule with its place and its meaning. */
export interface ReadRule {
  readonly table: string;
  readonly chain: string;
  /** From 1 on, as in `iptables -L --line-numbers`. */
  readonly number: number;
  readonly rule: Rule;
  readonly packets: Bounds;
  readonly action: Action;
  /** Whether every word before the target is accounted for. */
  readonly isUnderstood: boolean;
}

/** `-A CHAIN SPEC` */
export function readRuleLine({ chain, rule }: ReadRule): string {
  return ruleLine(chain, rule.spec);
}

export interface ReadChain {
  readonly table: string;
  readonly name: string;
  /** Null for a chain of a user's. */
  readonly policy: string | null;
  readonly rules: readonly ReadRule[];
  /** The rules by what they match at most. */
  readonly index: PacketIndex;
}

/** Chains are read when they are asked for. */
export class ReadTables {
  readonly context: MatchContext;
  private readonly chains = new Map<string, Chain>();
  private readonly read = new Map<string, ReadChain>();

  constructor(ruleset: Ruleset, addresses: MatchContext['addresses']) {
    this.context = { family: ruleset.family, addresses };
    for (const table of ruleset.tables) {
      for (const chain of table.chains) this.chains.set(`${table.name} ${chain.name}`, chain);
    }
  }

  /** @returns null when there is no such chain */
  chain(table: string, name: string): ReadChain | null {
    const key = `${table} ${name}`;
    const known = this.read.get(key);
    if (known !== undefined) return known;
    const chain = this.chains.get(key);
    if (chain === undefined) return null;
    const read = this.readChain(table, chain);
    this.read.set(key, read);
    return read;
  }

  private readChain(table: string, { name, policy, rules }: Chain): ReadChain {
    const isChain = (target: string) => this.chains.has(`${table} ${target}`);
    const { context } = this;
    const read = rules.map((rule, index): ReadRule => {
      const saved = readSavedRule(rule.spec);
      return {
        table,
        chain: name,
        number: index + 1,
        rule,
        packets: rulePackets(saved, context),
        action: actionOf(saved.verdict, context.family, isChain),
        isUnderstood: saved.isUnderstood,
      };
    });
    return chainOf(table, name, policy === '-' ? null : policy, read);
  }
}

/** @param policy null for a chain of a user's */
export function chainOf(
  table: string,
  name: string,
  policy: string | null,
  rules: readonly ReadRule[],
): ReadChain {
  let index: PacketIndex | null = null;
  return {
    ...{ table, name, policy, rules },
    // Most questions are about a few of the chains.
    get index() {
      index ??= indexPackets(rules.map(({ packets }) => packets.atMost));
      return index;
    },
  };
}
