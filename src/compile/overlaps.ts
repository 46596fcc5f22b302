// Mappings that claim the same connections, found without comparing every pair.
//
// A sweep over the ports of each family and protocol, with the open claims filed by address: 10,000
// mappings cost milliseconds where all pairs would be 50 million comparisons.
import { claimsOverlap } from './claims.ts';
import { groupBy } from './group-by.ts';
import { type ForwardMapping, isForward, type Mapping } from './mapping.ts';

/** Every pair whose claims overlap, each once, the one that stands first in the list before the other. */
export function* overlappingPairs(
  mappings: readonly Mapping[],
): Generator<[first: ForwardMapping, second: ForwardMapping]> {
  const forwards = mappings.filter(isForward).filter(speaksForItself);
  const order = new Map(forwards.map((mapping, index) => [mapping, index]));
  for (const group of groupBy(forwards, ({ family, protocol }) => `${family} ${protocol}`)) {
    for (const [one, other] of overlaps(group)) {
      yield (order.get(one) ?? 0) > (order.get(other) ?? 0) ? [other, one] : [one, other];
    }
  }
}

/** Of the mappings that share their connections, the first one stands for all. */
function speaksForItself(mapping: ForwardMapping): boolean {
  return mapping.kind !== 'docker' || mapping.share === null || mapping.share.index === 0;
}

function* overlaps(group: readonly ForwardMapping[]): Generator<[ForwardMapping, ForwardMapping]> {
  const open = new Map<string | null, ForwardMapping[]>();
  const sorted = [...group].sort((a, b) => a.ports.first - b.ports.first);
  for (const mapping of sorted) {
    const address = mapping.ext?.text ?? null;
    const addresses = address === null ? [...open.keys()] : [address, null];
    for (const key of addresses) {
      const candidates = stillOpen(open.get(key) ?? [], mapping.ports.first);
      if (candidates.length === 0) open.delete(key);
      else open.set(key, candidates);
      for (const candidate of candidates) {
        if (claimsOverlap(candidate, mapping)) yield [candidate, mapping];
      }
    }
    const mine = open.get(address);
    if (mine === undefined) open.set(address, [mapping]);
    else mine.push(mapping);
  }
}

function stillOpen(claims: ForwardMapping[], port: number): ForwardMapping[] {
  return claims.every((claim) => claim.ports.last >= port)
    ? claims
    : claims.filter((claim) => claim.ports.last >= port);
}
