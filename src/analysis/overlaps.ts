// Mappings of which some packets match rules of both, and are forwarded to different places.
import { speaksForItself, targetText } from '../compile/claims.ts';
import { type ForwardMapping, isForward } from '../compile/mapping.ts';
import type { Translation } from '../iptables/targets.ts';
import { setsOverlap } from '../packet/packet-set.ts';
import { packetsFor, type RenderedChain, type RenderedRule, valuesOf } from './rendered-rules.ts';

/** A mapping, and others that forward elsewhere what its rule matches: at most {@link mostMet} of them. */
export interface Overlap {
  readonly mapping: ForwardMapping;
  readonly others: readonly ForwardMapping[];
}

/** Others that are looked up for one mapping: 10,000 mappings of one port make 50 million pairs. */
export const mostMet = 30;

/** Every pair stands in both of its overlaps, or in one where the other has as many as are looked up. */
export function overlapsIn({ rules, index }: RenderedChain): Overlap[] {
  const forwards = rules.map(forwardsOf);
  return rules.flatMap((rule, number) => {
    const own = forwards[number] ?? [];
    if (own.length === 0) return [];
    const met = new Map(own.map((forward) => [forward, new Set<ForwardMapping>()]));
    index.visit(valuesOf(rule.packets.atMost), (candidate) => {
      const other = rules[candidate];
      if (candidate === number || other === undefined) return true;
      if (setsOverlap(rule.packets.atMost, other.packets.atMost)) {
        for (const [forward, found] of met) {
          addApart(forward, forwards[candidate] ?? [], found);
        }
      }
      return [...met.values()].some((found) => found.size < mostMet);
    });
    return [...met].flatMap(([{ mapping }, found]) =>
      found.size === 0 ? [] : [{ mapping, others: [...found].slice(0, mostMet) }],
    );
  });
}

/** A mapping at a rule for it: a rule may be for the ports of several. */
interface Forward {
  readonly mapping: ForwardMapping;
  readonly rule: RenderedRule;
  /** Equal for two that forward every packet which matches both to the same place, or places. */
  readonly target: string;
}

function forwardsOf(rule: RenderedRule): readonly Forward[] {
  const mappings = rule.mappings.filter(isForward).filter(speaksForItself);
  if (mappings.length === 0 || rule.action.kind !== 'translate') return [];
  const { translation } = rule.action;
  if (translation.kind !== 'destination') return [];
  return mappings.map((mapping) => ({ mapping, rule, target: targetOf(translation, mapping) }));
}

function targetOf(
  { addresses, ports }: Extract<Translation, { kind: 'destination' | 'source' }>,
  mapping: ForwardMapping,
): string {
  const isShared = mapping.kind === 'docker' && mapping.share !== null;
  const places = isShared
    ? targetText(mapping)
    : `${addresses?.first.text ?? ''}-${addresses?.last.text ?? ''}`;
  return `${places} ${shiftOf(ports, mapping)}`;
}

/** How much higher the port inside is; or the port, where all of several are forwarded to one. */
function shiftOf(
  ports: Extract<Translation, { kind: 'destination' | 'source' }>['ports'],
  { ports: { first, last } }: ForwardMapping,
): string {
  if (ports === null) return '0';
  if (ports.base !== null) return String(ports.first - ports.base);
  return first === last && ports.first === ports.last
    ? String(ports.first - first)
    : `to ${ports.first}-${ports.last}`;
}

function addApart(one: Forward, others: readonly Forward[], found: Set<ForwardMapping>): void {
  const apart = others.filter(
    ({ mapping, target }) => mapping !== one.mapping && target !== one.target,
  );
  if (apart.length === 0) return;
  const own = packetsFor(one.rule, one.mapping).atMost;
  for (const { rule, mapping } of apart) {
    if (setsOverlap(own, packetsFor(rule, mapping).atMost)) found.add(mapping);
  }
}
