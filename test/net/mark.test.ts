import { expect, test } from 'vitest';
import { formatMark, parseMark } from '../../src/net/mark.ts';

test.each([
  ['0x1000000/0x1000000', '0x1000000/0x1000000'],
  ['2/3', '0x2/0x3'],
  ['0xFF', '0xff/0xffffffff'],
  ['4294967295', '0xffffffff/0xffffffff'],
])('%s is %s', (text, mark) => {
  const parsed = parseMark(text);
  expect('problem' in parsed ? parsed.problem : formatMark(parsed)).toBe(mark);
});

test.each([
  ['', 'is no mark, as 0x1000000/0x1000000'],
  ['010', 'is no mark, as 0x1000000/0x1000000'],
  ['-1', 'is no mark, as 0x1000000/0x1000000'],
  ['1/2/3', 'is no mark, as 0x1000000/0x1000000'],
  ['4294967296', 'is no mark, as 0x1000000/0x1000000'],
  ['0x1 -j ACCEPT', 'is no mark, as 0x1000000/0x1000000'],
  ['0/1', 'is the mark 0, which packets have that nobody marked'],
  ['3/1', 'has bits outside of its mask'],
  ['1/0', 'has bits outside of its mask'],
])('%j %s', (text, problem) => {
  expect(parseMark(text)).toEqual({ problem });
});
