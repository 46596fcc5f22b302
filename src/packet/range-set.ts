// The one set type of every dimension: half-open ranges over anything that has an order. Numbers are
// ports and IPv4 addresses, bigints IPv6 addresses, strings interface names (an exact name and a name
// with the wildcard `+` are both one range of strings).

export type Bound = number | bigint | string;

/**
 * `[from, to, from, to, …]`, strictly ascending: each `from` belongs to the set, each `to` does not.
 * All bounds of a set are of one type.
 */
export type RangeSet = readonly Bound[];

export function intersectRanges(a: RangeSet, b: RangeSet): RangeSet {
  if (a === b) return a;
  return combine(a, b, (inA, inB) => inA && inB);
}

export function unionRanges(a: RangeSet, b: RangeSet): RangeSet {
  return combine(a, b, (inA, inB) => inA || inB);
}

export function subtractRanges(a: RangeSet, b: RangeSet): RangeSet {
  return combine(a, b, (inA, inB) => inA && !inB);
}

/** Whether every value of `inner` is in `outer`. */
export function rangesCover(outer: RangeSet, inner: RangeSet): boolean {
  if (outer === inner) return true;
  const [fromOuter, toOuter] = outer;
  const [fromInner, toInner] = inner;
  if (
    outer.length === 2 &&
    inner.length === 2 &&
    fromOuter !== undefined &&
    toOuter !== undefined
  ) {
    return fromInner !== undefined && fromOuter <= fromInner && (toInner ?? fromInner) <= toOuter;
  }
  return subtractRanges(inner, outer).length === 0;
}

export function rangesOverlap(a: RangeSet, b: RangeSet): boolean {
  const [fromA, toA] = a;
  const [fromB, toB] = b;
  if (fromA === undefined || toA === undefined || fromB === undefined || toB === undefined) {
    return false;
  }
  // Nearly all sets are one range.
  if (a.length === 2 && b.length === 2) return fromA < toB && fromB < toA;
  return intersectRanges(a, b).length > 0;
}

export function rangesContain(set: RangeSet, value: Bound): boolean {
  let at = 0;
  for (const bound of set) {
    if (bound > value) break;
    at += 1;
  }
  return at % 2 === 1;
}

/** The numeric values that are `by` higher. */
export function shiftRanges(set: RangeSet, by: number | bigint): RangeSet {
  return set.map((bound) => {
    if (typeof bound === 'number') return bound + Number(by);
    return typeof bound === 'bigint' ? bound + BigInt(by) : bound;
  });
}

/** The ranges with both ends included, of sets of whole numbers. */
export function closedRanges(set: RangeSet): { readonly first: number; readonly last: number }[] {
  const ranges = [];
  for (let index = 0; index < set.length; index += 2) {
    ranges.push({ first: Number(set[index]), last: Number(set[index + 1]) - 1 });
  }
  return ranges;
}

/** A sweep over the bounds of both sets. */
function combine(
  a: RangeSet,
  b: RangeSet,
  keep: (inA: boolean, inB: boolean) => boolean,
): RangeSet {
  const result: Bound[] = [];
  let [nextA, nextB] = [0, 0];
  let inside = false;
  while (nextA < a.length || nextB < b.length) {
    const [boundA, boundB] = [a[nextA], b[nextB]];
    const at = boundB === undefined || (boundA !== undefined && boundA <= boundB) ? boundA : boundB;
    if (at === undefined) break;
    if (boundA === at) nextA += 1;
    if (boundB === at) nextB += 1;
    const now = keep(nextA % 2 === 1, nextB % 2 === 1);
    if (now !== inside) result.push(at);
    inside = now;
  }
  return result;
}
