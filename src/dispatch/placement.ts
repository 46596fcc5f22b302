// Where a rule counts, and whether it may stand in several chains.
import { rulePackets } from '../iptables/rule-packets.ts';
import { readSavedRule, type SavedMatch, type SavedRule } from '../iptables/saved-rule.ts';
import { actionOf } from '../iptables/targets.ts';
import type { WantedRule } from '../iptables/wanted.ts';
import type { Family } from '../net/family.ts';
import { everything } from '../packet/box.ts';
import { type Extent, extentOf, type SplitDimension } from './key.ts';

export interface PlacedRule<O> {
  readonly rule: WantedRule<O>;
  readonly extents: Readonly<Record<SplitDimension, Extent>>;
  /** Whether copies of it would decide otherwise than one rule does: it counts, or is not understood. */
  readonly isSingle: boolean;
  /** Whether it limits no dimension. */
  readonly isEverywhere: boolean;
  /** Whether a packet that matches goes back to the chain before, or to one that does. */
  readonly mayReturn: boolean;
}

export function placeRule<O>(
  rule: WantedRule<O>,
  family: Family,
  isChain: (name: string) => boolean,
): PlacedRule<O> {
  const saved = readSavedRule(rule.spec);
  const { kind } = actionOf(saved.verdict, family, isChain);
  // What its author wrote may mean more than what is read of it.
  const known = rule.verbatim ? [] : rulePackets(saved, { family, addresses: null }).atMost;
  // A rule that matches nothing is kept where every rule can stand.
  const boxes = known.length === 0 ? [everything] : known;
  const extent = (dimension: SplitDimension) => extentOf(boxes, dimension, family);
  return {
    rule,
    extents: {
      destination: extent('destination'),
      port: extent('port'),
      source: extent('source'),
    },
    isSingle: rule.verbatim || !isStateless(saved),
    isEverywhere: !boxes.every((box) => limits.some((dimension) => box[dimension] !== undefined)),
    mayReturn: kind === 'return' || kind === 'goto' || kind === 'unknown',
  };
}

const limits = ['destination', 'source', 'protocol', 'destinationPort'] as const;

function isStateless({ isUnderstood, matches }: SavedRule): boolean {
  return isUnderstood && matches.every(isOfPacket);
}

/** `statistic --mode nth` counts the packets that it sees; in copies each would count its own. */
function isOfPacket({ extension, options }: SavedMatch): boolean {
  if (extension.name !== 'statistic') return true;
  return [...options].some(([{ names }, { value }]) => names[0] === '--mode' && value === 'random');
}
