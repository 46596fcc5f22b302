// Mappings that never count, because earlier rules take all of their packets: each of the rules for the
// mapping is covered by the union of those before it.
import {
  isForward,
  type Mapping,
  placeOf,
  type SnatMapping,
  writtenKey,
} from '../compile/mapping.ts';
import { external } from '../compile/words.ts';
import type { Report } from '../diagnostic/diagnostic.ts';
import { placeKey } from '../diagnostic/source.ts';
import type { Action } from '../iptables/targets.ts';
import { formatNetworkShort } from '../net/address.ts';
import type { PacketIndex } from '../packet/packet-index.ts';
import { type Bounds, type PacketSet, setCovers, setsOverlap } from '../packet/packet-set.ts';
import { packetsFor, type RenderedChain, type RenderedRule, valuesOf } from './rendered-rules.ts';

/**
 * @param mappings in the order in which they are reported
 * @param chains of the nat tables
 */
export function reportUnreachable(
  mappings: readonly Mapping[],
  chains: readonly RenderedChain[],
  report: Report,
): void {
  const covering = new Map<Mapping, readonly Mapping[]>();
  const reached = new Set<Mapping>();
  for (const chain of chains) noteCoverage(chain, covering, reached);
  const reported = new Set<string>();
  for (const mapping of mappings) {
    const earlier = reached.has(mapping) ? undefined : covering.get(mapping);
    const key = isForward(mapping) ? writtenKey(mapping) : placeKey(placeOf(mapping));
    if (earlier === undefined || reported.has(key)) continue;
    reported.add(key);
    describe(mapping, earlier, report);
  }
}

/**
 * Adds to `covering` the mappings whose rule here gets no packet, with those that take them, and to
 * `reached` all others. A mapping that is reached by one of its rules needs no look at the rest.
 */
function noteCoverage(
  chain: RenderedChain,
  covering: Map<Mapping, readonly Mapping[]>,
  reached: Set<Mapping>,
): void {
  const { rules } = chain;
  for (const [number, rule] of rules.entries()) {
    const open = rule.mappings.filter((mapping) => !reached.has(mapping));
    if (open.length === 0) continue;
    const before = earlierRules(rules, number, rule.packets, chain.index);
    for (const mapping of open) {
      const by = coveringMappings(before, rule, mapping);
      if (by === null) reached.add(mapping);
      else if (!covering.has(mapping)) covering.set(mapping, by);
    }
  }
}

function coveringMappings(
  before: readonly RenderedRule[],
  rule: RenderedRule,
  mapping: Mapping,
): readonly Mapping[] | null {
  const sharing = askedBefore(rule, mapping);
  if (sharing !== null) return [sharing];
  if (before.length === 0) return null;
  const own = packetsFor(rule, mapping);
  const covers = (taken: PacketSet) => setCovers(taken, own.atMost) === true;
  const whole = before.find(({ packets }) => covers(packets.atLeast));
  if (whole === undefined && !covers(before.flatMap(({ packets }) => packets.atLeast))) return null;
  const all = whole === undefined ? before : [whole];
  const found = all.flatMap(({ mappings }) => mappings[0] ?? []);
  return found.length === 0 ? null : [...new Set(found)];
}

/** Of identical rules only one is there: for the mapping that asked for it first. */
function askedBefore(rule: RenderedRule, mapping: Mapping): Mapping | null {
  for (const other of rule.mappings) {
    if (other === mapping) return null;
    if (portsContain(other, mapping) && placeKey(placeOf(other)) !== placeKey(placeOf(mapping))) {
      return other;
    }
  }
  return null;
}

/** Whether the part of a rule that is for `inner` is also for `outer`. */
function portsContain(outer: Mapping, inner: Mapping): boolean {
  if (!isForward(outer) || !isForward(inner)) return true;
  return outer.ports.first <= inner.ports.first && inner.ports.last <= outer.ports.last;
}

/** Those before it that keep some of its packets from it. */
function earlierRules(
  rules: readonly RenderedRule[],
  number: number,
  { atMost }: Bounds,
  index: PacketIndex,
): RenderedRule[] {
  const candidates = index.candidates(valuesOf(atMost));
  const earlier: RenderedRule[] = [];
  for (const candidate of candidates) {
    if (candidate >= number) break;
    const rule = rules[candidate];
    if (rule !== undefined && setsOverlap(rule.packets.atLeast, atMost) && decides(rule.action)) {
      earlier.push(rule);
    }
  }
  return earlier;
}

/** Whether a packet that matches comes to no later rule of the chain. */
function decides({ kind }: Action): boolean {
  switch (kind) {
    case 'accept':
    case 'drop':
    case 'reject':
    case 'queue':
    case 'translate':
    case 'return':
    case 'goto':
      return true;
    case 'jump':
    case 'continue':
    case 'untrack':
    case 'unknown':
      return false;
  }
}

/** Earlier mappings that are shown: of ten thousand with one source each, some do. */
const shown = 5;

function describe(mapping: Mapping, earlier: readonly Mapping[], report: Report): void {
  const [first] = earlier;
  if (first === undefined) return;
  const isSnat = mapping.kind === 'snat' && first.kind === 'snat';
  const kind = isSnat ? 'entry' : 'mapping';
  report({
    code: 'shadowed',
    severity: 'warning',
    message: isSnat ? snatMessage(mapping, first) : forwardMessage(mapping, earlier),
    at: placeOf(mapping),
    hint: isSnat ? snatHint(mapping, first) : forwardHint(mapping, first),
    related: earlier
      .slice(0, shown)
      .map((each) => ({ message: `the earlier ${kind}`, at: placeOf(each) })),
  });
}

function forwardMessage(mapping: Mapping, earlier: readonly Mapping[]): string {
  const what = isForward(mapping) ? `mapping for ${external(mapping)}` : 'this entry';
  return earlier.length === 1
    ? `${what} is never reached: an earlier mapping matches the same connections`
    : `${what} is never reached: ${earlier.length} earlier mappings together match the same connections`;
}

function forwardHint(mapping: Mapping, earlier: Mapping): string {
  return sourcesText(mapping) === sourcesText(earlier)
    ? 'remove this one'
    : 'the earlier mapping allows more sources: restrict it, or remove this one';
}

/** Equal where the two name the same clients, and empty where they name none. */
function sourcesText(mapping: Mapping): string {
  switch (mapping.kind) {
    case 'dnat':
    case 'docker':
      return (mapping.sources ?? []).map(formatNetworkShort).join();
    case 'hairpin':
      return mapping.lan === null ? '' : formatNetworkShort(mapping.lan);
    default:
      return '';
  }
}

function snatMessage({ int }: SnatMapping, earlier: SnatMapping): string {
  const leaving = earlier.ext?.text ?? 'MASQUERADE';
  return `entry for ${formatNetworkShort(int)} is never reached: an earlier entry for ${formatNetworkShort(earlier.int)} matches the same connections, and translates them to ${leaving}`;
}

function snatHint(mapping: SnatMapping, earlier: SnatMapping): string {
  return earlier.ext?.text === mapping.ext?.text
    ? 'remove this one'
    : 'move the narrower entry before it';
}
