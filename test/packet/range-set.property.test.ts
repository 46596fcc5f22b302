import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { interfaceSet } from '../../src/packet/dimensions.ts';
import {
  type Bound,
  intersectRanges,
  type RangeSet,
  rangesContain,
  rangesCover,
  subtractRanges,
  unionRanges,
} from '../../src/packet/range-set.ts';

/** Sets of small values, so that bounds meet. */
function sets(value: (number: number) => Bound): fc.Arbitrary<RangeSet> {
  return fc
    .uniqueArray(fc.nat(12), { maxLength: 6 })
    .map((bounds) => bounds.sort((a, b) => a - b).slice(0, bounds.length - (bounds.length % 2)))
    .map((bounds) => bounds.map(value));
}

describe.each([
  { type: 'numbers', value: (number: number): Bound => number },
  { type: 'bigints', value: (number: number): Bound => (1n << 100n) + BigInt(number) },
  { type: 'strings', value: (number: number): Bound => String.fromCharCode(97 + number) },
])('sets of $type', ({ value }) => {
  const all = Array.from({ length: 13 }, (_, number) => value(number));

  test('operations are those of the values', () => {
    fc.assert(
      fc.property(sets(value), sets(value), (a, b) => {
        for (const each of all) {
          const [inA, inB] = [rangesContain(a, each), rangesContain(b, each)];
          expect(rangesContain(intersectRanges(a, b), each)).toBe(inA && inB);
          expect(rangesContain(unionRanges(a, b), each)).toBe(inA || inB);
          expect(rangesContain(subtractRanges(a, b), each)).toBe(inA && !inB);
        }
        const isCovered = all.every((each) => !rangesContain(b, each) || rangesContain(a, each));
        expect(rangesCover(a, b)).toBe(isCovered);
      }),
    );
  });
});

describe('interface patterns', () => {
  test.each([
    { pattern: 'eth0', name: 'eth0', isIn: true },
    { pattern: 'eth0', name: 'eth01', isIn: false },
    { pattern: 'eth+', name: 'eth', isIn: true },
    { pattern: 'eth+', name: 'eth0.100', isIn: true },
    { pattern: 'eth+', name: 'eti', isIn: false },
    { pattern: 'eth+', name: 'et', isIn: false },
    { pattern: '+', name: '', isIn: true },
    { pattern: 'eth+', name: '', isIn: false },
  ])('$pattern and $name', ({ pattern, name, isIn }) => {
    expect(rangesContain(interfaceSet(pattern), name)).toBe(isIn);
  });
});
