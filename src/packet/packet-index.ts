// Which of many packet sets may have packets in common with others: a tree of interval trees, one
// dimension below the other. Rules nearly all name a destination, a port or a source.
import type { Dimension } from './dimensions.ts';
import { IntervalTree } from './interval-tree.ts';
import type { PacketSet } from './packet-set.ts';
import type { Bound, RangeSet } from './range-set.ts';

export interface PacketIndex {
  /**
   * The numbers, ascending, of sets that may have packets in common with these values; none that has
   * some is left out. A dimension without values may have any.
   */
  candidates(values: (dimension: Dimension) => readonly RangeSet[] | null): readonly number[];
}

/** In the order in which they are looked at. */
const keyed = ['destination', 'destinationPort', 'source'] as const;

/** Below this, looking at each is as fast. */
const smallest = 32;

export function indexPackets(sets: readonly PacketSet[]): PacketIndex {
  const all = sets.map((_, number) => number);
  if (sets.length < smallest) return { candidates: () => all };
  const present = all.filter((number) => (sets[number]?.length ?? 0) > 0);
  const top = nodeOf(present, sets, keyed);
  return {
    candidates(values) {
      const asked = keyed.map((dimension) => hullOf(values(dimension)));
      const found: number[] = [];
      collect(top, asked, found);
      return found.sort((a, b) => a - b);
    },
  };
}

/** Numbers of sets: few, or parted by the values that they have in one dimension. */
type Node = readonly number[] | Parted;

interface Parted {
  /** Which of the dimensions. */
  readonly depth: number;
  /** Many sets have the same values there: those are one node. */
  readonly tree: IntervalTree<Node>;
  /** Of those that may have any value. */
  readonly unbounded: Node;
}

function nodeOf(
  numbers: readonly number[],
  sets: readonly PacketSet[],
  dimensions: readonly Dimension[],
): Node {
  const [dimension, ...others] = dimensions;
  if (dimension === undefined || numbers.length < 8) return numbers;
  const unbounded: number[] = [];
  const alike = new Map<string, Hull & { readonly numbers: number[] }>();
  for (const number of numbers) {
    const hull = hullOf((sets[number] ?? []).map((box) => box[dimension]));
    if (hull === null) {
      unbounded.push(number);
      continue;
    }
    const key = `${hull.from} ${hull.to}`;
    const known = alike.get(key);
    if (known === undefined) alike.set(key, { ...hull, numbers: [number] });
    else known.numbers.push(number);
  }
  const intervals = [...alike.values()].map(({ from, to, numbers: those }) => ({
    from,
    to,
    item: nodeOf(those, sets, others),
  }));
  return {
    depth: keyed.length - dimensions.length,
    tree: new IntervalTree(intervals),
    unbounded: nodeOf(unbounded, sets, others),
  };
}

function collect(node: Node, asked: readonly (Hull | null)[], found: number[]): void {
  if (!('tree' in node)) {
    found.push(...node);
    return;
  }
  const hull = asked[node.depth] ?? null;
  const below = hull === null ? node.tree.all() : node.tree.overlapping(hull.from, hull.to);
  for (const each of below) collect(each, asked, found);
  collect(node.unbounded, asked, found);
}

interface Hull {
  readonly from: Bound;
  readonly to: Bound;
}

/** From the lowest to the highest value of the sets; null where one of them may have any. */
function hullOf(sets: readonly (RangeSet | undefined)[] | null): Hull | null {
  const [first, ...others] = (sets ?? []).map(ends);
  if (first === undefined) return null;
  return others.reduce(wider, first);
}

function ends(set: RangeSet | undefined): Hull | null {
  const [from, to] = [set?.[0], set?.at(-1)];
  return from === undefined || to === undefined ? null : { from, to };
}

function wider(a: Hull | null, b: Hull | null): Hull | null {
  if (a === null || b === null) return null;
  const [first, second] = a.from <= b.from ? [a, b] : [b, a];
  const { to } = first.to < second.to ? second : first;
  return { from: first.from, to };
}
