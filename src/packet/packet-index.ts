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
  candidates(values: Values): readonly number[];
  /** The same in any order, one by one, until the visitor gives false. */
  visit(values: Values, visitor: (number: number) => boolean): void;
}

export type Values = (dimension: Dimension) => readonly RangeSet[] | null;

/** In the order in which they are looked at where they tell the sets apart alike. */
const keyed = ['destination', 'destinationPort', 'source', 'inInterface'] as const;

/** Below this, looking at each is as fast. */
const smallest = 32;

export function indexPackets(sets: readonly PacketSet[]): PacketIndex {
  const all = sets.map((_, number) => number);
  if (sets.length < smallest) {
    return { candidates: () => all, visit: (_, visitor) => void all.every(visitor) };
  }
  const present = all.filter((number) => (sets[number]?.length ?? 0) > 0);
  const trees = new Map<Keyed, Node>();
  const visit: PacketIndex['visit'] = (values, visitor) => {
    const asked = new Map(keyed.map((dimension) => [dimension, hullOf(values(dimension))]));
    // What is asked for widely there would come by all of the tree.
    const first = keyed.find((dimension) => isNarrow(dimension, asked.get(dimension) ?? null));
    if (first === undefined) {
      present.every(visitor);
      return;
    }
    const top = trees.get(first) ?? partedBy(first, present, sets);
    trees.set(first, top);
    look(top, asked, visitor);
  };
  return {
    visit,
    candidates(values) {
      const found: number[] = [];
      visit(values, (number) => found.push(number) > 0);
      return found.sort((a, b) => a - b);
    },
  };
}

type Keyed = (typeof keyed)[number];

/** Numbers of sets: few, or parted by the values that they have in one dimension. */
type Node = readonly number[] | Parted;

interface Parted {
  readonly dimension: Keyed;
  /** Many sets have the same values there: those are one node. */
  readonly tree: IntervalTree<Node>;
  /** Of those that may have any value. */
  readonly unbounded: Node;
}

function nodeOf(
  numbers: readonly number[],
  sets: readonly PacketSet[],
  dimensions: readonly Keyed[],
): Node {
  if (dimensions.length === 0 || numbers.length < 8) return numbers;
  const best = bestParting(numbers, sets, dimensions);
  return parted(
    best,
    sets,
    dimensions.filter((each) => each !== best.dimension),
  );
}

function partedBy(dimension: Keyed, numbers: readonly number[], sets: readonly PacketSet[]): Node {
  const others = keyed.filter((each) => each !== dimension);
  return parted(partingBy(dimension, numbers, sets), sets, others);
}

function parted(
  { dimension, alike, unbounded }: Parting,
  sets: readonly PacketSet[],
  others: readonly Keyed[],
): Node {
  const intervals = alike.map(({ from, to, numbers: those }) => ({
    from,
    to,
    item: nodeOf(those, sets, others),
  }));
  return {
    dimension,
    tree: new IntervalTree(intervals),
    unbounded: nodeOf(unbounded, sets, others),
  };
}

interface Parting {
  readonly dimension: Keyed;
  readonly alike: readonly Alike[];
  readonly unbounded: readonly number[];
}

/** Sets that have the same values. */
interface Alike extends Hull {
  readonly numbers: number[];
}

/** By the dimension in which the fewest sets have one value in common: ranges may all overlap. */
function bestParting(
  numbers: readonly number[],
  sets: readonly PacketSet[],
  dimensions: readonly Keyed[],
): Parting {
  let best: { readonly parting: Parting; readonly depth: number } | null = null;
  for (const dimension of dimensions) {
    const parting = partingBy(dimension, numbers, sets);
    const depth = parting.unbounded.length + depthOf(parting.alike);
    if (best === null || depth < best.depth) best = { parting, depth };
    if (depth <= shallow) break;
  }
  return best?.parting ?? { dimension: 'source', alike: [], unbounded: numbers };
}

/** Sets of one value that are few enough to look at no other dimension. */
const shallow = 8;

function partingBy(
  dimension: Keyed,
  numbers: readonly number[],
  sets: readonly PacketSet[],
): Parting {
  const unbounded: number[] = [];
  const alike = new Map<string, Alike>();
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
  return { dimension, alike: [...alike.values()], unbounded };
}

/** How many sets have one value in common at the most: a sweep over the ends. */
function depthOf(alike: readonly Alike[]): number {
  const ends = alike.flatMap(({ from, to, numbers }) => [
    { at: from, by: numbers.length },
    { at: to, by: -numbers.length },
  ]);
  // Each range ends before its end.
  ends.sort((a, b) => (a.at === b.at ? a.by - b.by : a.at < b.at ? -1 : 1));
  let [depth, deepest] = [0, 0];
  for (const { by } of ends) {
    depth += by;
    deepest = Math.max(deepest, depth);
  }
  return deepest;
}

function look(
  node: Node,
  asked: ReadonlyMap<Keyed, Hull | null>,
  visitor: (number: number) => boolean,
): boolean {
  if (!('tree' in node)) return node.every(visitor);
  const hull = asked.get(node.dimension) ?? null;
  const visit = (below: Node) => look(below, asked, visitor);
  const isOpen =
    hull === null ? node.tree.every(visit) : node.tree.everyOverlapping(hull.from, hull.to, visit);
  return isOpen && look(node.unbounded, asked, visitor);
}

/** Whether less than half of all values are asked for. */
function isNarrow(dimension: Keyed, hull: Hull | null): boolean {
  if (hull === null) return false;
  const { from, to } = hull;
  if (typeof from === 'bigint' && typeof to === 'bigint') return to - from < 1n << 127n;
  if (typeof from === 'string') return from !== '';
  const half = dimension === 'destinationPort' ? 2 ** 15 : 2 ** 31;
  return Number(to) - Number(from) < half;
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
