// SNAT entries whose rules match the same packets and leave with different addresses.
import type { SnatMapping } from '../compile/mapping.ts';
import type { Report } from '../diagnostic/diagnostic.ts';
import type { Translation } from '../iptables/targets.ts';
import { setCovers } from '../packet/packet-set.ts';
import { type RenderedChain, type RenderedRule, valuesOf } from './rendered-rules.ts';

/** @param chains of the nat tables */
export function reportSnatConflicts(chains: readonly RenderedChain[], report: Report): void {
  for (const chain of chains) {
    for (const [number, rule] of chain.rules.entries()) {
      const other = snatOf(rule);
      const first = other === null ? null : firstElsewhere(chain, number, rule);
      if (other === null || first === null) continue;
      report({
        code: 'conflict',
        severity: 'error',
        message: `${connections(other)} leaves as ${outside(other)} here and as ${outside(first)} elsewhere`,
        at: other.origin.at,
        related: [{ message: `the entry with ${outside(first)}`, at: first.origin.at }],
      });
    }
  }
}

/** The entry of the first rule before it that matches the same and translates otherwise. */
function firstElsewhere(
  { rules, index }: RenderedChain,
  number: number,
  rule: RenderedRule,
): SnatMapping | null {
  const { atMost } = rule.packets;
  for (const candidate of index.candidates(valuesOf(atMost))) {
    const earlier = rules[candidate];
    if (candidate >= number || earlier === undefined) break;
    const mapping = snatOf(earlier);
    const isSame =
      setCovers(earlier.packets.atMost, atMost) && setCovers(atMost, earlier.packets.atMost);
    if (mapping !== null && isSame && sourceKey(earlier) !== sourceKey(rule)) return mapping;
  }
  return null;
}

function snatOf({ mappings }: RenderedRule): SnatMapping | null {
  return mappings.find((mapping) => mapping.kind === 'snat') ?? null;
}

function sourceKey({ action }: RenderedRule): string {
  return action.kind === 'translate' ? translationKey(action.translation) : action.kind;
}

function translationKey(translation: Translation): string {
  if (translation.kind !== 'source') return translation.kind;
  const { addresses } = translation;
  return `${addresses?.first.text}-${addresses?.last.text}`;
}

function connections({ int, extIf, bridge }: SnatMapping): string {
  const out = extIf ?? `other interfaces than ${bridge}`;
  return `${int.base.text}/${int.prefix} on ${out}`;
}

function outside({ ext }: SnatMapping): string {
  return ext?.text ?? 'MASQUERADE';
}
