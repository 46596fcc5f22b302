// A box: one set of values in each dimension. It holds the packets that fit in every dimension.
import { type Dimension, universe } from './dimensions.ts';
import {
  intersectRanges,
  type RangeSet,
  rangesCover,
  rangesOverlap,
  subtractRanges,
} from './range-set.ts';

/** A dimension that is left out may have any value; no set is empty. */
export type Box = { readonly [D in Dimension]?: RangeSet };

/** The box of every packet. */
export const everything: Box = {};

export function dimensionsOf(box: Box): Dimension[] {
  return Object.keys(box) as Dimension[];
}

/** @returns the packets in both, or null when there are none */
export function intersectBoxes(a: Box, b: Box): Box | null {
  let result: { [D in Dimension]?: RangeSet } | null = null;
  for (const dimension of dimensionsOf(b)) {
    const [inA, inB] = [a[dimension], b[dimension]];
    if (inB === undefined) continue;
    const common = inA === undefined ? inB : intersectRanges(inA, inB);
    if (common.length === 0) return null;
    if (inA === common) continue;
    result ??= { ...a };
    result[dimension] = common;
  }
  return result ?? a;
}

/** Whether {@link intersectBoxes} gives any, found without making the box. */
export function boxesOverlap(a: Box, b: Box): boolean {
  for (const dimension of dimensionsOf(b)) {
    const [inA, inB] = [a[dimension], b[dimension]];
    if (inA !== undefined && inB !== undefined && !rangesOverlap(inA, inB)) return false;
  }
  return true;
}

/** The packets of `a` that are not in `b`, as boxes that have none in common. */
export function subtractBox(a: Box, b: Box): readonly Box[] {
  const common = intersectBoxes(a, b);
  if (common === null) return [a];
  const pieces: Box[] = [];
  let rest = a;
  for (const dimension of dimensionsOf(b)) {
    const taken = b[dimension];
    if (taken === undefined) continue;
    const outside = subtractRanges(rest[dimension] ?? universe(dimension, taken), taken);
    if (outside.length > 0) pieces.push({ ...rest, [dimension]: outside });
    rest = { ...rest, [dimension]: common[dimension] ?? taken };
  }
  return pieces;
}

/** Whether every packet of `inner` is in `outer`. */
export function boxCovers(outer: Box, inner: Box): boolean {
  return dimensionsOf(outer).every((dimension) => {
    const allowed = outer[dimension];
    if (allowed === undefined) return true;
    return rangesCover(allowed, inner[dimension] ?? universe(dimension, allowed));
  });
}
