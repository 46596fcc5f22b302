/** Unions of boxes against the packets in them, one by one. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Box } from '../../src/packet/box.ts';
import { portSet } from '../../src/packet/dimensions.ts';
import { indexPackets } from '../../src/packet/packet-index.ts';
import {
  containsPoint,
  intersectSets,
  mostBoxes,
  type PacketSet,
  setCovers,
  subtractSets,
} from '../../src/packet/packet-set.ts';

const side = fc.option(
  fc
    .uniqueArray(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 3 })
    .map((ports) => portSet(ports.map((port) => ({ first: port, last: port })))),
  { nil: undefined },
);

const box: fc.Arbitrary<Box> = fc
  .record({ sourcePort: side, destinationPort: side, originalDestinationPort: side })
  .map((sides) => Object.fromEntries(Object.entries(sides).filter(([, set]) => set !== undefined)));

const packetSet = fc.array(box, { maxLength: 4 });

const points = [1, 2, 3, 4, 5].flatMap((sourcePort) =>
  [1, 2, 3, 4, 5].flatMap((destinationPort) =>
    [1, 2, 3, 4, 5].map((originalDestinationPort) => ({
      sourcePort,
      destinationPort,
      originalDestinationPort,
    })),
  ),
);

test('operations are those of the packets', () => {
  fc.assert(
    fc.property(packetSet, packetSet, (a, b) => {
      const both = intersectSets(a, b);
      const less = subtractSets(a, b) ?? [];
      for (const point of points) {
        const [inA, inB] = [containsPoint(a, point), containsPoint(b, point)];
        expect(containsPoint(both, point)).toBe(inA && inB);
        expect(containsPoint(less, point)).toBe(inA && !inB);
      }
      // Other points have port 5 in every dimension where they are not in a set.
      expect(setCovers(a, b)).toBe(
        points.every((point) => !containsPoint(b, point) || containsPoint(a, point)),
      );
    }),
    { numRuns: 60 },
  );
});

test('a difference of too many boxes is not computed', () => {
  const odd = (dimension: 'sourcePort' | 'destinationPort', port: number): Box => ({
    [dimension]: portSet([{ first: port, last: port }]),
  });
  const taken: PacketSet = Array.from({ length: mostBoxes + 1 }, (_, port) => ({
    ...odd('sourcePort', port + 1),
    ...odd('destinationPort', port + 1),
  }));
  expect(subtractSets([{}], taken)).toBeNull();
});

test('the index leaves out no set that has packets in common', () => {
  fc.assert(
    fc.property(fc.array(packetSet, { minLength: 32, maxLength: 60 }), box, (sets, asked) => {
      const found = indexPackets(sets).candidates((dimension) => {
        const values = asked[dimension];
        return values === undefined ? null : [values];
      });
      const meeting = sets.flatMap((set, number) =>
        intersectSets(set, [asked]).length > 0 ? [number] : [],
      );
      expect(meeting.filter((number) => !found.includes(number))).toEqual([]);
      expect([...found]).toEqual([...found].sort((a, b) => a - b));
    }),
    { numRuns: 60 },
  );
});
