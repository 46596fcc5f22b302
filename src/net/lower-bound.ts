/** Index of the first of `sorted` whose value is `value` or above; its length when there is none. */
export function lowerBound<T, V extends number | bigint | string>(
  sorted: readonly T[],
  value: V,
  keyOf: (item: T) => V,
): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const candidate = sorted[middle];
    if (candidate !== undefined && keyOf(candidate) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
