// "Did you mean": the known word that is closest to an unknown one.

/** Finds the nearest of the words that it was made with. */
export type Nearest = (word: string) => string | null;

/**
 * For many unknown words and many known ones: every word is sought once, and no more when `effort`
 * words have been compared. Anyone who misses thousands has named the wrong snapshot.
 *
 * @param effort comparisons of two words
 */
export function nearestAmong(candidates: readonly string[], effort = 1_000_000): Nearest {
  const sought = new Map<string, string | null>();
  let left = effort;
  return (word) => {
    const known = sought.get(word);
    if (known !== undefined) return known;
    if (left <= 0) return null;
    left -= candidates.length;
    const near = nearest(word, candidates);
    sought.set(word, near);
    return near;
  };
}

/** @returns the nearest candidate within a third of the word's length in edits, or null */
export function nearest(word: string, candidates: Iterable<string>): string | null {
  const lower = word.toLowerCase();
  let limit = Math.max(1, Math.floor(word.length / 3));
  let best: string | null = null;
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - word.length) > limit) continue;
    const distance = editDistance(lower, candidate.toLowerCase(), limit);
    if (distance > limit) continue;
    best = candidate;
    limit = distance - 1;
    if (limit < 0) break;
  }
  return best;
}

/**
 * Optimal string alignment distance: insert, delete, replace, or swap two neighbours.
 *
 * @returns the distance, or a number above `limit` where it is above that
 */
function editDistance(a: string, b: string, limit: number): number {
  const far = limit + 1;
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    // What is further from the diagonal is above the limit.
    const last = Math.min(b.length, i + limit);
    for (let j = Math.max(1, i - limit); j <= last; j++) {
      const replaced = (previous[j - 1] ?? far) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swapped = isSwap ? (before[j - 2] ?? far) + 1 : far;
      row[j] = Math.min((previous[j] ?? far) + 1, (row[j - 1] ?? far) + 1, replaced, swapped);
    }
    if (isAbove(previous, limit) && isAbove(row, limit)) return far;
    [before, previous] = [previous, row];
  }
  return previous[b.length] ?? far;
}

function isAbove(row: readonly number[], limit: number): boolean {
  return row.every((distance) => distance > limit);
}
