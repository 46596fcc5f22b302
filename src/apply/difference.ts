// Where what iptables-save prints is not what was planned.

/** The first line that is another: null stands for none left. */
export interface Difference {
  readonly expected: string | null;
  readonly found: string | null;
}

export function firstDifference(
  expected: readonly string[],
  found: readonly string[],
): Difference | null {
  const length = Math.max(expected.length, found.length);
  for (let at = 0; at < length; at++) {
    if (expected[at] === found[at]) continue;
    return { expected: expected[at] ?? null, found: found[at] ?? null };
  }
  return null;
}

export function describeDifference({ expected, found }: Difference): string {
  const quoted = (line: string | null) => (line === null ? 'no more rules' : `"${line}"`);
  return `expected ${quoted(expected)}, found ${quoted(found)}`;
}
