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

  all(): T[] {
    return this.intervals.map(({ item }) => item);
  }

  /** The items of all intervals that have a value between, `to` excluded. */
  overlapping(from: Bound, to: Bound): T[] {
    const found: T[] = [];
    this.visit(0, this.intervals.length, from, to, found);
    return found;
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

  private visit(start: number, end: number, from: Bound, to: Bound, found: T[]): void {
    if (start >= end) return;
    const middle = (start + end) >> 1;
    const [interval, highest] = [this.intervals[middle], this.highest[middle]];
    if (interval === undefined || highest === undefined || highest <= from) return;
    this.visit(start, middle, from, to, found);
    if (interval.from >= to) return;
    if (interval.to > from) found.push(interval.item);
    this.visit(middle + 1, end, from, to, found);
  }
}
