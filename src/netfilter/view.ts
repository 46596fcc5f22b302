// How packets look at some moment of their way, in terms of how they came. What a rule asks of a packet
// as it is now becomes what it asks of the packet as it came: so a translation loses nothing, and every
// answer is about the packets that were sent.
import { type Box, dimensionsOf } from '../packet/box.ts';
import { type Dimension, universe } from '../packet/dimensions.ts';
import type { Bounds, PacketSet } from '../packet/packet-set.ts';
import {
  intersectRanges,
  type RangeSet,
  rangesCover,
  rangesOverlap,
  shiftRanges,
} from '../packet/range-set.ts';

/** A dimension that is left out is as it came. */
export type View = { readonly [D in Dimension]?: Now };

export type Now =
  /** One of these: when they are several, which one is not known. */
  | { readonly kind: 'one-of'; readonly values: RangeSet }
  /** So much more than the packet had, as it came, in `dimension`. */
  | { readonly kind: 'as-came'; readonly dimension: Dimension; readonly plus: number | bigint };

export function fixed(values: RangeSet): Now {
  return { kind: 'one-of', values };
}

/** Equal for views that say the same. */
export function viewKey(view: View): string {
  return dimensionsIn(view)
    .sort()
    .map((dimension) => {
      const now = view[dimension];
      if (now === undefined) return '';
      return now.kind === 'one-of'
        ? `${dimension} ${now.values.join(' ')}`
        : `${dimension} as ${now.dimension} ${now.plus}`;
    })
    .join();
}

/** The packets as they came that now are, at least and at most, in the set. */
export function asCame({ atLeast, atMost }: Bounds, view: View): Bounds {
  if (dimensionsIn(view).length === 0) return { atLeast, atMost };
  const most = atMost.map((box) => boxAsCame(box, view));
  const boxes = most.flatMap(({ box }) => box ?? []);
  if (atLeast === atMost && most.every(({ isExact }) => isExact)) {
    return { atLeast: boxes, atMost: boxes };
  }
  const least = atLeast === atMost ? most : atLeast.map((box) => boxAsCame(box, view));
  return {
    atLeast: least.flatMap(({ box, isExact }) => (isExact ? (box ?? []) : [])),
    atMost: boxes,
  };
}

/** The values that the packets may now have in the dimension; null for any. */
export function valuesNow(packets: PacketSet, view: View, dimension: Dimension): RangeSet[] | null {
  const now = view[dimension] ?? { kind: 'as-came', dimension, plus: 0 };
  if (now.kind === 'one-of') return [now.values];
  const sets: RangeSet[] = [];
  for (const box of packets) {
    const values = box[now.dimension];
    if (values === undefined) return null;
    sets.push(now.plus === 0 ? values : shiftRanges(values, now.plus));
  }
  return sets;
}

interface BoxAsCame {
  /** Null when no packet is in the box. */
  readonly box: Box | null;
  /** Whether all packets of the box are, not only some that cannot be distinguished from others. */
  readonly isExact: boolean;
}

const none: BoxAsCame = { box: null, isExact: true };

function boxAsCame(box: Box, view: View): BoxAsCame {
  const result: { [D in Dimension]?: RangeSet } = {};
  let isExact = true;
  for (const dimension of dimensionsOf(box)) {
    const asked = box[dimension];
    if (asked === undefined) continue;
    const now = view[dimension] ?? { kind: 'as-came', dimension, plus: 0 };
    if (now.kind === 'one-of') {
      if (rangesCover(asked, now.values)) continue;
      if (!rangesOverlap(asked, now.values)) return none;
      isExact = false;
      continue;
    }
    const before =
      now.plus === 0
        ? asked
        : intersectRanges(shiftRanges(asked, -now.plus), universe(dimension, asked));
    const known = result[now.dimension];
    const both = known === undefined ? before : intersectRanges(known, before);
    if (both.length === 0) return none;
    result[now.dimension] = both;
  }
  return { box: result, isExact };
}

function dimensionsIn(view: View): Dimension[] {
  return Object.keys(view) as Dimension[];
}
