/** Index of the first of `sorted` whose port is `port` or above; its length when there is none. */
export function lowerBound<T>(
  sorted: readonly T[],
  port: number,
  portOf: (value: T) => number,
): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const candidate = sorted[middle];
    if (candidate !== undefined && portOf(candidate) < port) low = middle + 1;
    else high = middle;
  }
  return low;
}
