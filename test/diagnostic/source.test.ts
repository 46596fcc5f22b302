import { describe, expect, test } from 'vitest';
import { formatPlace, humanPlace } from '../../src/diagnostic/source.ts';

const source = { name: 'rules.d/a.yaml', text: 'one\r\ntwö 🙂 x\n\nlast' };

describe('an offset becomes a line, a column and the text of the line', () => {
  test.each([
    [0, 1, 1, 'one'],
    [2, 1, 3, 'one'],
    [5, 2, 1, 'twö 🙂 x'],
    [12, 2, 8, 'twö 🙂 x'],
    [14, 3, 1, ''],
    [15, 4, 1, 'last'],
    [19, 4, 5, 'last'],
    [99, 4, 5, 'last'],
  ])('%i', (offset, line, column, lineText) => {
    const place = humanPlace({ source, offset, length: 1 });
    expect(place).toEqual({ file: 'rules.d/a.yaml', line, column, lineText });
  });
});

test('a place is written as file:line:column', () => {
  expect(formatPlace({ source, offset: 5, length: 3 })).toBe('rules.d/a.yaml:2:1');
});

// To look for the end of the line each time takes longer than a test may.
test('places in a long line cost no more than in a short one', () => {
  const long = { name: 'long.yaml', text: `${'x'.repeat(10_000_000)}\r\nlast` };
  const places = Array.from({ length: 300_000 }, (_, offset) => ({
    source: long,
    offset,
    length: 1,
  }));
  expect(places.map((place) => humanPlace(place).lineText.length)).toEqual(
    places.map(() => 10_000_000),
  );
});
