import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nearest, nearestAmong } from '../../src/diagnostic/nearest.ts';

const keys = ['ext_ip', 'int_ip', 'ports', 'proto', 'name', 'lan_cidr'];

test.each([
  ['prots', 'ports'],
  ['port', 'ports'],
  ['PORTS', 'ports'],
  ['ext-ip', 'ext_ip'],
  ['lan_cird', 'lan_cidr'],
  ['nmae', 'name'],
  ['zzz', null],
  ['', null],
  ['something_long', null],
])('the word nearest to %j is %j', (word, near) => {
  expect(nearest(word, keys)).toBe(near);
});

/** Optimal string alignment distance, from its definition. */
function distance(a: string, b: string): number {
  if (a === '' || b === '') return a.length + b.length;
  const [restA, restB] = [a.slice(1), b.slice(1)];
  const replace = distance(restA, restB) + (a[0] === b[0] ? 0 : 1);
  const isSwap = a.length > 1 && b.length > 1 && a[0] === b[1] && a[1] === b[0];
  const swap = isSwap ? distance(a.slice(2), b.slice(2)) + 1 : replace;
  return Math.min(replace, swap, distance(restA, b) + 1, distance(a, restB) + 1);
}

test('the first of the closest within a third of the word is found', () => {
  const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(word, fc.array(word, { maxLength: 5 }), (unknown, known) => {
      const distances = known.map((each) => distance(unknown, each));
      const closest = Math.min(...distances);
      const isNear = closest <= Math.max(1, Math.floor(unknown.length / 3));
      const expected = isNear ? known[distances.indexOf(closest)] : null;
      expect(nearest(unknown, known)).toBe(expected);
    }),
  );
});

test('among many words, a word is sought as long as the effort lasts, and known ever after', () => {
  const near = nearestAmong(['web-1', 'db-1'], 3);
  expect(['wbe-1', 'bd-1', 'wbe-2', 'wbe-1'].map(near)).toEqual(['web-1', 'db-1', null, 'web-1']);
});

// Comparing each with each takes longer than a test may.
test('20,000 unknown words among 20,000 cost little, and the first of them have their hints', () => {
  const words = (stem: string) => Array.from({ length: 20_000 }, (_, i) => `${stem}-${i + 20_000}`);
  const near = nearestAmong(words('some-container'));
  const found = words('some-kontainer').map(near);
  expect(found.slice(0, 50)).toEqual(words('some-container').slice(0, 50));
  expect(found.at(-1)).toBeNull();
});
