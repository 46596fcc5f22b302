// The desired rules with what they match, and the mappings that they are for.
import { isForward, type Mapping } from '../compile/mapping.ts';
import { rulePackets } from '../iptables/rule-packets.ts';
import { readSavedRule } from '../iptables/saved-rule.ts';
import { type Action, actionOf } from '../iptables/targets.ts';
import type { Wanted, WantedRule, WantedTable } from '../iptables/wanted.ts';
import type { Family } from '../net/family.ts';
import { portSet } from '../packet/dimensions.ts';
import { indexPackets, type PacketIndex, type Values } from '../packet/packet-index.ts';
import { type Bounds, exactly, intersectBounds, type PacketSet } from '../packet/packet-set.ts';

/** A chain of natmap's, in the order of its rules. */
export interface RenderedChain {
  readonly table: WantedTable;
  readonly name: string;
  readonly rules: readonly RenderedRule[];
  /** The rules by what they match at most. */
  readonly index: PacketIndex;
}

export interface RenderedRule {
  /** In the order in which they asked for the rule; none where no single entry did. */
  readonly mappings: readonly Mapping[];
  readonly packets: Bounds;
  readonly action: Action;
}

/** What an entry's rule is known by, whatever else its origin holds. */
type Origin = { readonly serves: ReadonlySet<Mapping> } | null;

/** The chains of the nat table; nothing is known of the host, so LOCAL is what any host may have. */
export function natChains(wanted: Wanted<Origin>): readonly RenderedChain[] {
  const known = chainsOf.get(wanted);
  if (known !== undefined) return known;
  const chains = readChains(wanted, 'nat');
  chainsOf.set(wanted, chains);
  return chains;
}

/** Several analyses ask about the same rules. */
const chainsOf = new WeakMap<Wanted<Origin>, readonly RenderedChain[]>();

function readChains(wanted: Wanted<Origin>, table: WantedTable): RenderedChain[] {
  const { family } = wanted;
  const chains = wanted.chains.filter((chain) => chain.table === table);
  const names = new Set(chains.map(({ name }) => name));
  return chains.map(({ name, rules }) => {
    const read = rules.map((rule) => new LazyRule(rule, family, names));
    let index: PacketIndex | null = null;
    return {
      ...{ table, name, rules: read },
      get index() {
        index ??= indexPackets(read.map(({ packets }) => packets.atMost));
        return index;
      },
    };
  });
}

/** The values of the packets, to look them up in an index. */
export function valuesOf(set: PacketSet): Values {
  return (dimension) => {
    const values = set.map((box) => box[dimension]);
    return values.includes(undefined) ? null : values.filter((each) => each !== undefined);
  };
}

/** Read when it is first asked for, and kept: of 40,000 rules, most answer no question. */
class LazyRule implements RenderedRule {
  readonly mappings: readonly Mapping[];
  private readonly spec: string;
  private readonly family: Family;
  private readonly chains: ReadonlySet<string>;
  private known: Pick<RenderedRule, 'packets' | 'action'> | null = null;

  constructor({ spec, origin }: WantedRule<Origin>, family: Family, chains: ReadonlySet<string>) {
    this.mappings = [...(origin?.serves ?? [])];
    this.spec = spec;
    this.family = family;
    this.chains = chains;
  }

  get packets(): Bounds {
    return this.read().packets;
  }

  get action(): Action {
    return this.read().action;
  }

  private read(): Pick<RenderedRule, 'packets' | 'action'> {
    if (this.known !== null) return this.known;
    const saved = readSavedRule(this.spec);
    this.known = {
      packets: rulePackets(saved, { family: this.family, addresses: null }),
      action: actionOf(saved.verdict, this.family, (target) => this.chains.has(target)),
    };
    return this.known;
  }
}

/**
 * What the rule matches for one of its mappings: one rule may hold the ports of many. Behind the
 * translation, a packet has the port inside.
 */
export function packetsFor({ packets, action }: RenderedRule, mapping: Mapping): Bounds {
  if (!isForward(mapping)) return packets;
  const ports = isSourceTranslation(action) ? mapping.intPorts : mapping.ports;
  const own = intersectBounds(packets, exactly([{ destinationPort: portSet([ports]) }]));
  // A template of a user's may have other ports than its mapping.
  return own.atMost.length === 0 ? packets : own;
}

export function isSourceTranslation(action: Action): boolean {
  return action.kind === 'translate' && ['source', 'masquerade'].includes(action.translation.kind);
}
