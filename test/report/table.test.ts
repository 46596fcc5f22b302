import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createStyle } from '../../src/report/style.ts';
import { type Column, formatTable } from '../../src/report/table.ts';
import { cutText, textWidth } from '../../src/report/width.ts';

const plain = createStyle('never', {}, false);

type Row = readonly [state: string, count: string, maps: string, at: string];

const columns: readonly Column<Row>[] = [
  { heading: 'STATE', align: 'left', cut: 'never', cell: ([state]) => state, paint: () => 'green' },
  { heading: 'COUNT', align: 'right', cut: 'never', cell: ([, count]) => count },
  { heading: 'MAPPING', align: 'left', cut: 'end', cell: ([, , maps]) => maps },
  { heading: 'AT', align: 'left', cut: 'start', cell: ([, , , at]) => at },
];

const rows: readonly Row[] = [
  ['live', '7', '203.0.113.43:25/tcp → 10.0.0.101', 'rules.d/10-mail.yaml:9'],
  ['missing', '12345', '*:80/tcp → 10.0.0.1', 'a.yaml:1'],
];

describe('a table', () => {
  test('is as wide as what is in it where there is no terminal', () => {
    expect(formatTable(columns, rows, null, plain)).toBe(
      `STATE    COUNT  MAPPING                           AT
live         7  203.0.113.43:25/tcp → 10.0.0.101  rules.d/10-mail.yaml:9
missing  12345  *:80/tcp → 10.0.0.1               a.yaml:1
`,
    );
  });

  test('gives way where it may on a narrow terminal, the last column first', () => {
    expect(formatTable(columns, rows, 66, plain)).toBe(
      `STATE    COUNT  MAPPING                           AT
live         7  203.0.113.43:25/tcp → 10.0.0.101  …/10-mail.yaml:9
missing  12345  *:80/tcp → 10.0.0.1               a.yaml:1
`,
    );
    expect(formatTable(columns, rows, 50, plain)).toBe(
      `STATE    COUNT  MAPPING                 AT
live         7  203.0.113.43:25/tcp →…  …il.yaml:9
missing  12345  *:80/tcp → 10.0.0.1     a.yaml:1
`,
    );
  });

  test('paints cells without counting the paint', () => {
    const style = createStyle('always', {}, false);
    const lines = formatTable(columns, rows, null, style).split('\n');
    expect(lines[1]).toMatch(/^\u001b\[32mlive\u001b\[39m {9}7 /);
  });

  test('shows what could steer a terminal as escapes', () => {
    const row: Row = ['a\u001b[2Jb', '1', 'x\ny', 'z'];
    expect(formatTable(columns, [row], null, plain)).toContain('a\\u001b[2Jb');
    expect(formatTable(columns, [row], null, plain).split('\n')).toHaveLength(3);
  });

  test('leaves the last columns out where there is no room for all', () => {
    expect(formatTable(columns, rows, 34, plain)).toBe(
      `STATE    COUNT  MAPPING
live         7  203.0.113.43:25/t…
missing  12345  *:80/tcp → 10.0.0…
`,
    );
  });

  test('fits every terminal', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 80 });
    const count = fc.constantFrom('1', '1234567');
    const row = fc.tuple(fc.constantFrom('live', 'missing'), count, text, text);
    fc.assert(
      fc.property(
        fc.array(row, { maxLength: 5 }),
        fc.integer({ min: 16, max: 200 }),
        (all, width) => {
          for (const line of formatTable(columns, all, width, plain).split('\n')) {
            expect(textWidth(line)).toBeLessThanOrEqual(width);
          }
        },
      ),
    );
  });
});

describe('the columns of a text', () => {
  test.each([
    ['', 0],
    ['plain', 5],
    ['→…é', 3],
    ['e\u0301', 1],
    ['中文', 4],
    ['한글', 4],
    ['🙂', 2],
    ['👩‍👩‍👧', 2],
  ])('%j takes %i', (text, width) => {
    expect(textWidth(text)).toBe(width);
  });

  test('are never more than they are cut to', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }),
        fc.integer({ min: 1, max: 20 }),
        fc.constantFrom('start', 'end'),
        (text, width, where) => {
          const cut = cutText(text, width, where);
          expect(textWidth(cut)).toBeLessThanOrEqual(width);
          if (textWidth(text) <= width) expect(cut).toBe(text);
        },
      ),
    );
  });
});
