// Where a rule counts, and whether it may stand in several chains.
import type { Negatable } from '../iptables/rule-parts.ts';
import { readSavedRule, type SavedMatch, type SavedRule } from '../iptables/saved-rule.ts';
import type { WantedRule } from '../iptables/wanted.ts';
import type { Network } from '../net/address.ts';
import type { Family } from '../net/family.ts';
import { addressExtent, type Extent, portExtent, type SplitDimension } from './key.ts';

export interface PlacedRule<O> {
  readonly rule: WantedRule<O>;
  readonly extents: Readonly<Record<SplitDimension, Extent>>;
  /** Whether copies of it would decide otherwise than one rule does: it counts, or is not understood. */
  readonly isSingle: boolean;
  /** Whether it limits no dimension. */
  readonly isEverywhere: boolean;
  /** Whether a packet that matches may go back to the chain before. */
  readonly mayReturn: boolean;
}

/**
 * Reads what a rule asks of packets as far as blocks can hold it: what is turned round by `!`, and all other
 * matches, may be true anywhere.
 */
export function placeRule<O>(rule: WantedRule<O>, family: Family): PlacedRule<O> {
  const saved = readSavedRule(rule.spec);
  const { verdict } = saved;
  // What its author wrote may mean more than what is read of it.
  const limits = rule.verbatim ? nothing : limitsOf(saved);
  const { destination, source, protocol, ports } = limits;
  return {
    rule,
    extents: {
      destination: addressExtent(destination, family),
      port: portExtent(protocol, ports),
      source: addressExtent(source, family),
    },
    isSingle: rule.verbatim || !isStateless(saved),
    isEverywhere: destination === null && source === null && protocol === null,
    mayReturn: rule.verbatim || verdict?.kind === 'goto' || verdict?.name === 'RETURN',
  };
}

interface Limits {
  readonly destination: Network | null;
  readonly source: Network | null;
  readonly protocol: string | null;
  readonly ports: string | null;
}

const nothing: Limits = { destination: null, source: null, protocol: null, ports: null };

function limitsOf({ destination, source, protocol, matches }: SavedRule): Limits {
  return {
    destination: upright(destination),
    source: upright(source),
    protocol: upright(protocol),
    ports: matches.map(portsOf).find((ports) => ports !== null) ?? null,
  };
}

function upright<T>(asked: Negatable<T> | null): T | null {
  return asked === null || asked.inverted ? null : asked.value;
}

/** One list of destination ports is enough: a second one makes the rule match no more. */
function portsOf({ options }: SavedMatch): string | null {
  for (const [{ names }, { value, inverted }] of options) {
    if (!inverted && (names[0] === '--dport' || names[0] === '--dports')) return value;
  }
  return null;
}

function isStateless({ isUnderstood, matches }: SavedRule): boolean {
  return isUnderstood && matches.every(isOfPacket);
}

/** `statistic --mode nth` counts the packets that it sees; in copies each would count its own. */
function isOfPacket({ extension, options }: SavedMatch): boolean {
  if (extension.name !== 'statistic') return true;
  return [...options].some(([{ names }, { value }]) => names[0] === '--mode' && value === 'random');
}
