import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { matchesGlob } from '../../src/compile/glob.ts';

describe('a glob', () => {
  test.each<[glob: string, text: string, matches: boolean]>([
    ['web', 'web', true],
    ['web', 'web-1', false],
    ['web', 'Web', false],
    ['web-*', 'web-', true],
    ['web-*', 'web-1', true],
    ['web-*', 'shop-web-1', false],
    ['*-1', 'web-1-1', true],
    ['*web*', 'web', true],
    ['*', '', true],
    ['?', '', false],
    ['w?b', 'web', true],
    ['w?b', 'wb', false],
    ['w?b', 'w🙂b', true],
    ['a*b*c', 'a-b-b-c', true],
    ['a*b*c', 'a-c-b', false],
    ['**', 'x', true],
    ['.*', 'web', false],
    ['[w]eb', 'web', false],
    ['w\\*', 'w*', false],
    ['', '', true],
    ['', 'x', false],
  ])('%j on %j: %j', (glob, text, matches) => {
    expect(matchesGlob(glob, text)).toBe(matches);
  });

  test('means what the definition says, whatever the texts', () => {
    const letters = (...units: string[]) =>
      fc.string({ unit: fc.constantFrom(...units), maxLength: 8 });
    fc.assert(
      fc.property(letters('a', 'b', '*', '?'), letters('a', 'b', '*', '?'), (glob, text) => {
        expect(matchesGlob(glob, text)).toBe(byDefinition(glob, text));
      }),
      { numRuns: 2000 },
    );
  });

  test('is done with soon where a backtracking matcher would never be', () => {
    const glob = `${'*a'.repeat(40)}b`;
    expect(matchesGlob(glob, 'a'.repeat(100_000))).toBe(false);
  });
});

function byDefinition(glob: string, text: string): boolean {
  if (glob === '') return text === '';
  const [first = '', rest] = [glob[0], glob.slice(1)];
  if (first === '*') {
    return Array.from({ length: text.length + 1 }, (_, taken) => text.slice(taken)).some((left) =>
      byDefinition(rest, left),
    );
  }
  return text !== '' && (first === '?' || first === text[0]) && byDefinition(rest, text.slice(1));
}
