import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Change, diffLines } from '../../src/plan/line-diff.ts';

const of = (changes: readonly Change[], ...kinds: Change['kind'][]) =>
  changes.filter(({ kind }) => kinds.includes(kind)).flatMap(({ lines }) => lines);

/** Few different lines, so that many are the same; and now and then long lists. */
const few = fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'COMMIT'), { maxLength: 30 });
const many = fc.array(fc.nat({ max: 60 }).map(String), { maxLength: 120 });
const pair = fc.oneof(
  fc.tuple(few, few),
  fc.tuple(many, many),
  few.map((list) => [list, list.toReversed()] as const),
);

test('the changes give back both sides', () => {
  fc.assert(
    fc.property(pair, ([before, after]) => {
      const changes = diffLines(before, after);
      expect(of(changes, 'same', 'removed')).toEqual([...before]);
      expect(of(changes, 'same', 'added')).toEqual([...after]);
    }),
    { numRuns: 500 },
  );
});

test('equal lists have no changes', () => {
  fc.assert(
    fc.property(fc.oneof(few, many), (lines) => {
      expect(of(diffLines(lines, [...lines]), 'removed', 'added')).toEqual([]);
    }),
  );
});

test('no change is empty, and no two of one kind stand side by side', () => {
  fc.assert(
    fc.property(pair, ([before, after]) => {
      const changes = diffLines(before, after);
      expect(changes.every(({ lines }) => lines.length > 0)).toBe(true);
      expect(changes.every(({ kind }, index) => kind !== changes[index + 1]?.kind)).toBe(true);
    }),
  );
});

test('of lines that stand once each, as many stay as can keep their order', () => {
  const distinct = fc.uniqueArray(fc.nat(40).map(String), { maxLength: 25 });
  fc.assert(
    fc.property(distinct, distinct, (before, after) => {
      expect(of(diffLines(before, after), 'same')).toHaveLength(longestCommon(before, after));
    }),
    { numRuns: 500 },
  );
});

/** The length of the longest common subsequence, by its definition. */
function longestCommon(a: readonly string[], b: readonly string[]): number {
  let above = new Array<number>(b.length + 1).fill(0);
  for (const line of a) {
    const row = [0];
    for (const [j, other] of b.entries()) {
      const same = (above[j] ?? 0) + 1;
      row.push(line === other ? same : Math.max(row[j] ?? 0, above[j + 1] ?? 0));
    }
    above = row;
  }
  return above.at(-1) ?? 0;
}

test('a list that stands there twice loses one of the two, however long it is', () => {
  const lines = Array.from({ length: 2000 }, (_, index) => `-A NATMAP ${index}`);
  expect(of(diffLines([...lines, ...lines], lines), 'same')).toEqual(lines);
});

test('one line put in, taken out or changed is reported as just that', () => {
  const lines = ['*nat', '-A X 1', '-A X 2', '-A X 3', 'COMMIT'];
  expect(diffLines(lines, lines.toSpliced(2, 0, '-A X new'))).toEqual([
    { kind: 'same', lines: ['*nat', '-A X 1'] },
    { kind: 'added', lines: ['-A X new'] },
    { kind: 'same', lines: ['-A X 2', '-A X 3', 'COMMIT'] },
  ]);
  expect(diffLines(lines, lines.toSpliced(2, 1))).toEqual([
    { kind: 'same', lines: ['*nat', '-A X 1'] },
    { kind: 'removed', lines: ['-A X 2'] },
    { kind: 'same', lines: ['-A X 3', 'COMMIT'] },
  ]);
});

describe('long lists are compared in time', () => {
  const lines = Array.from({ length: 50_000 }, (_, index) => `-A NATMAP ${index}`);

  test.each<[what: string, after: string[]]>([
    ['all lines other', lines.map((line) => `${line} x`)],
    ['every second line other', lines.map((line, index) => (index % 2 ? line : `${line} x`))],
    ['the first half gone', lines.slice(25_000)],
    ['the same line everywhere', lines.map(() => '-A NATMAP')],
  ])('%s', (_, after) => {
    const start = performance.now();
    const changes = diffLines(lines, after);
    expect(of(changes, 'same', 'added')).toEqual(after);
    expect(performance.now() - start).toBeLessThan(5000);
  });
});
