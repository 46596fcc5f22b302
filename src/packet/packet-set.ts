// Sets of packets: unions of boxes.
import {
  type Box,
  boxCovers,
  boxesOverlap,
  dimensionsOf,
  everything,
  intersectBoxes,
  subtractBox,
} from './box.ts';
import type { Point } from './flow.ts';
import { rangesContain } from './range-set.ts';

/** A union of boxes, which may have packets in common. */
export type PacketSet = readonly Box[];

export const everyPacket: PacketSet = [everything];
export const noPacket: PacketSet = [];

/**
 * Boxes that a difference may have. What would take more is not computed: the answer is unknown, and
 * anyone who asks goes on with bounds that hold all the same.
 */
export const mostBoxes = 2000;

export function intersectSets(a: PacketSet, b: PacketSet): PacketSet {
  if (a === everyPacket) return b;
  if (b === everyPacket) return a;
  return a.flatMap((box) => b.flatMap((other) => intersectBoxes(box, other) ?? []));
}

/** Whether some packet is in both. */
export function setsOverlap(a: PacketSet, b: PacketSet): boolean {
  return a.some((box) => b.some((other) => boxesOverlap(box, other)));
}

/** @returns the packets of `a` that are not in `b`, or null when that takes more than {@link mostBoxes} */
export function subtractSets(a: PacketSet, b: PacketSet): PacketSet | null {
  let rest = a;
  for (const taken of b) {
    if (rest.length === 0) return rest;
    rest = rest.flatMap((box) => subtractBox(box, taken));
    if (rest.length > mostBoxes) return null;
  }
  return rest;
}

/** Whether every packet of `inner` is in `outer`; null when that takes too many boxes to tell. */
export function setCovers(outer: PacketSet, inner: PacketSet): boolean | null {
  const open = inner.filter((box) => !outer.some((other) => boxCovers(other, box)));
  const rest = subtractSets(open, outer);
  return rest === null ? null : rest.length === 0;
}

/** Whether the packet is in the set; a dimension that the point lacks fits nothing but any value. */
export function containsPoint(set: PacketSet, point: Point): boolean {
  return set.some((box) =>
    dimensionsOf(box).every((dimension) => {
      const [allowed, value] = [box[dimension], point[dimension]];
      return allowed === undefined || (value !== undefined && rangesContain(allowed, value));
    }),
  );
}

/**
 * A set of packets that is not known exactly: it holds those of `atLeast` and none beside `atMost`.
 * Known sets have both the same (`===`).
 */
export interface Bounds {
  readonly atLeast: PacketSet;
  readonly atMost: PacketSet;
}

export function exactly(set: PacketSet): Bounds {
  return { atLeast: set, atMost: set };
}

/** Any packet may be in the set, and none has to be. */
export const unknownBounds: Bounds = { atLeast: noPacket, atMost: everyPacket };

export function isExact({ atLeast, atMost }: Bounds): boolean {
  return atLeast === atMost;
}

export function intersectBounds(a: Bounds, b: Bounds): Bounds {
  const atMost = intersectSets(a.atMost, b.atMost);
  if (isExact(a) && isExact(b)) return exactly(atMost);
  return { atLeast: intersectSets(a.atLeast, b.atLeast), atMost };
}
