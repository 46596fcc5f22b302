// Half-open intervals by what they overlap: a balanced tree in a sorted array, each part of which knows
// the highest end in it (an augmented interval tree; Cormen and others, Introduction to Algorithms, 14.3).
import type { Bound } from './range-set.ts';

export interface Interval<T> {
  readonly from: Bound;
  readonly to: Bound;
  readonly item: T;
}

export class IntervalTree<T> {
  private readonly intervals: readonly Interval<T>[];
  /** Of the part of the array that has this place in its middle. */
  private readonly highest: Bound[] = [];

  constructor(intervals: readonly Interval<T>[]) {
    this.intervals = [...intervals].sort((a, b) =>
      a.from < b.from ? -1 : a.from > b.from ? 1 : 0,
    );
    this.measure(0, this.intervals.length);
  }

  /** Visits all items, until a visitor gives false. */
  every(visit: (item: T) => boolean): boolean {
    return this.intervals.every(({ item }) => visit(item));
  }

  /** Visits the items of all intervals that have a value between, `to` excluded, until one gives false. */
  everyOverlapping(from: Bound, to: Bound, visit: (item: T) => boolean): boolean {
    return this.look(0, this.intervals.length, from, to, visit);
  }

  private measure(start: number, end: number): Bound | null {
    if (start >= end) return null;
    const middle = (start + end) >> 1;
    const interval = this.intervals[middle];
    if (interval === undefined) return null;
    let highest = interval.to;
    for (const side of [this.measure(start, middle), this.measure(middle + 1, end)]) {
      if (side !== null && side > highest) highest = side;
    }
    this.highest[middle] = highest;
    return highest;
  }

  private look(
    start: number,
    end: number,
    from: Bound,
    to: Bound,
    visit: (item: T) => boolean,
  ): boolean {
    if (start >= end) return true;
    const middle = (start + end) >> 1;
    const [interval, highest] = [this.intervals[middle], this.highest[middle]];
    if (interval === undefined || highest === undefined || highest <= from) return true;
    if (!this.look(start, middle, from, to, visit)) return false;
    if (interval.from >= to) return true;
    if (interval.to > from && !visit(interval.item)) return false;
    return this.look(middle + 1, end, from, to, visit);
  }
}
