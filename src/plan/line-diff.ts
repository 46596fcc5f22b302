// What changed between two long lists of lines.
//
// What begins and ends alike is cut off. Lines that are unique in both of the rest are anchors
// (patience diff, Bram Cohen), as many of them as keep their order; only what lies between two anchors
// is compared line by line, and a gap that is too different is replaced whole. Where no line stands
// twice nothing in a gap is the same, and the changes are the fewest. The plain algorithm's cost grows
// with the square of the edits: a minute for 50,000 changed lines.
import { diffArrays } from 'diff';

export interface Change {
  readonly kind: 'same' | 'removed' | 'added';
  readonly lines: readonly string[];
}

/** A change that is still growing. */
interface OpenChange {
  readonly kind: Change['kind'];
  readonly lines: string[];
}

/** Edits in one gap above which it is replaced whole. */
const maxEditLength = 400;

export function diffLines(before: readonly string[], after: readonly string[]): Change[] {
  const head = commonHead(before, after);
  const tail = commonTail(before.slice(head), after.slice(head));
  const changes: OpenChange[] = [];
  push(changes, 'same', before.slice(0, head));
  pushMiddle(
    changes,
    before.slice(head, before.length - tail),
    after.slice(head, after.length - tail),
  );
  push(changes, 'same', before.slice(before.length - tail));
  return changes;
}

/** How many lines are the same from the first on. */
function commonHead(a: readonly string[], b: readonly string[]): number {
  const differing = a.findIndex((line, index) => line !== b[index]);
  return differing < 0 ? a.length : differing;
}

/** How many lines are the same from the last one back. */
function commonTail(a: readonly string[], b: readonly string[]): number {
  return commonHead(a.toReversed(), b.toReversed());
}

function pushMiddle(
  changes: OpenChange[],
  before: readonly string[],
  after: readonly string[],
): void {
  let [from, to] = [0, 0];
  for (const [i, j] of [...anchors(before, after), [before.length, after.length] as const]) {
    pushGap(changes, before.slice(from, i), after.slice(to, j));
    push(changes, 'same', before.slice(i, i + 1));
    [from, to] = [i + 1, j + 1];
  }
}

/** Pairs of positions of lines that stand once in each list, increasing in both. */
function anchors(
  before: readonly string[],
  after: readonly string[],
): (readonly [number, number])[] {
  const inAfter = uniquePositions(after);
  const pairs: (readonly [number, number])[] = [];
  for (const [line, i] of uniquePositions(before)) {
    const j = inAfter.get(line);
    if (j !== undefined) pairs.push([i, j]);
  }
  return longestIncreasing(pairs);
}

/** In the order of the lines. */
function uniquePositions(lines: readonly string[]): Map<string, number> {
  const positions = new Map<string, number>();
  const repeated = new Set<string>();
  lines.forEach((line, index) => {
    if (positions.has(line)) repeated.add(line);
    else positions.set(line, index);
  });
  for (const line of repeated) positions.delete(line);
  return positions;
}

/** The longest run of pairs whose second members increase; the first ones do already. */
function longestIncreasing(
  pairs: readonly (readonly [number, number])[],
): (readonly [number, number])[] {
  const tails: number[] = [];
  const previous: number[] = [];
  pairs.forEach(([, value], index) => {
    let [low, high] = [0, tails.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((pairs[tails[middle] ?? 0]?.[1] ?? 0) < value) low = middle + 1;
      else high = middle;
    }
    previous[index] = low > 0 ? (tails[low - 1] ?? -1) : -1;
    tails[low] = index;
  });
  const result: (readonly [number, number])[] = [];
  for (let at = tails.at(-1) ?? -1; at >= 0; at = previous[at] ?? -1) {
    const pair = pairs[at];
    if (pair !== undefined) result.push(pair);
  }
  return result.reverse();
}

function pushGap(changes: OpenChange[], before: readonly string[], after: readonly string[]): void {
  if (before.length === 0 || after.length === 0) {
    push(changes, 'removed', before);
    push(changes, 'added', after);
    return;
  }
  const gap = diffArrays([...before], [...after], { maxEditLength });
  if (gap === undefined) {
    push(changes, 'removed', before);
    push(changes, 'added', after);
    return;
  }
  for (const { value, added, removed } of gap) {
    push(changes, added ? 'added' : removed ? 'removed' : 'same', value);
  }
}

function push(changes: OpenChange[], kind: Change['kind'], lines: readonly string[]): void {
  if (lines.length === 0) return;
  const last = changes.at(-1);
  if (last?.kind !== kind) changes.push({ kind, lines: [...lines] });
  else for (const line of lines) last.lines.push(line);
}
