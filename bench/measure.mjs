// Time, as medians of runs that alternate: the machine's speed cancels out of ratios, its noise does not.

/** Milliseconds that `work` takes. */
export function time(work) {
  const start = performance.now();
  work();
  return performance.now() - start;
}

/**
 * Calls `round`, which gives milliseconds by name, so many times.
 *
 * @returns the median of each name
 */
export function medians(rounds, round) {
  const results = Array.from({ length: rounds }, round);
  const names = Object.keys(results[0] ?? {});
  return Object.fromEntries(
    names.map((name) => [name, median(results.map((result) => result[name]))]),
  );
}

function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}
