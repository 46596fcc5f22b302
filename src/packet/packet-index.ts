// Which of many packet sets have packets in common with a box: looked up by single values of some
// dimensions (tuple space search, Srinivasan and others, SIGCOMM 1999). Rules nearly all name one
// destination, one port or one source; those that do not are looked at each time.
import type { Dimension } from './dimensions.ts';
import type { PacketSet } from './packet-set.ts';
import type { Bound, RangeSet } from './range-set.ts';

export interface PacketIndex {
  /**
   * The numbers, ascending, of sets that may have packets in common with these values; none that has
   * some is left out. A dimension without values may have any.
   */
  candidates(values: (dimension: Dimension) => readonly RangeSet[] | null): readonly number[];
}

/** Those by which rules are told apart most often. */
const keyed = ['destination', 'destinationPort', 'source'] as const;

/** Below this, looking at each is as fast. */
const smallest = 32;

export function indexPackets(sets: readonly PacketSet[]): PacketIndex {
  const all = sets.map((_, number) => number);
  if (sets.length < smallest) return { candidates: () => all };
  const byDimension = keyed.map((dimension) => new SingleValues(dimension, sets));
  return {
    candidates(values) {
      const found = byDimension.map((index) => index.lookUp(values(index.dimension)));
      const known = found.filter((numbers) => numbers !== null);
      const [best = all] = known.sort((a, b) => a.length - b.length);
      return best;
    },
  };
}

/** The sets by the one value that they have in a dimension. */
class SingleValues {
  readonly dimension: Dimension;
  private readonly singles = new Map<Bound, number[]>();
  /** The numbers of sets that have more values than one. */
  private readonly others: number[] = [];

  constructor(dimension: Dimension, sets: readonly PacketSet[]) {
    this.dimension = dimension;
    for (const [number, set] of sets.entries()) {
      const values = new Set(set.map((box) => singleValue(box[dimension])));
      const [value = null] = values;
      if (values.size !== 1 || value === null) {
        if (set.length > 0) this.others.push(number);
        continue;
      }
      const known = this.singles.get(value);
      if (known === undefined) this.singles.set(value, [number]);
      else known.push(number);
    }
  }

  /** @returns null when the values are too many to look each of them up */
  lookUp(sets: readonly RangeSet[] | null): number[] | null {
    if (sets === null) return null;
    const found = new Set(this.others);
    for (const values of sets) {
      const value = singleValue(values);
      if (value === null) return null;
      for (const number of this.singles.get(value) ?? []) found.add(number);
    }
    return [...found].sort((a, b) => a - b);
  }
}

/** The value of a set of one, else null. */
function singleValue(values: RangeSet | undefined): Bound | null {
  if (values?.length !== 2) return null;
  const [first, end] = values;
  if (typeof first === 'number' && end === first + 1) return first;
  return typeof first === 'bigint' && end === first + 1n ? first : null;
}
