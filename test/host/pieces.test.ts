import fc from 'fast-check';
import { expect, test } from 'vitest';
import { inPieces } from '../../src/host/pieces.ts';

const payload = fc
  .array(fc.tuple(fc.constantFrom('filter', 'nat'), fc.nat(170)), { maxLength: 4 })
  .map((blocks) =>
    blocks
      .map(([table, size]) => {
        const rules = Array.from({ length: size }, (_, at) => `-A NATMAP -m mark --mark ${at}\n`);
        return `*${table}\n${rules.join('')}COMMIT\n`;
      })
      .join(''),
  );

test('no transaction is long', () => {
  fc.assert(
    fc.property(payload, (whole) => {
      const blocks = inPieces(whole).text.split('COMMIT\n');
      for (const block of blocks) expect(block.match(/^-A/gm)?.length ?? 0).toBeLessThanOrEqual(50);
    }),
  );
});

test('no rule changes its table or its turn', () => {
  fc.assert(
    fc.property(payload, (whole) => {
      expect(rulesByTable(inPieces(whole).text)).toEqual(rulesByTable(whole));
    }),
  );
});

test('each line knows which line of the payload it is', () => {
  fc.assert(
    fc.property(payload, (whole) => {
      const { text, lines } = inPieces(whole);
      const printed = text.split('\n').slice(0, -1);
      expect(lines).toHaveLength(printed.length);
      const own = whole.split('\n');
      for (const [at, line] of printed.entries()) {
        if (line.startsWith('-A')) expect(own[(lines[at] ?? 0) - 1]).toBe(line);
      }
    }),
  );
});

/** Each rule behind the name of its table. */
function rulesByTable(text: string): string[] {
  let table = '';
  return text.split('\n').flatMap((line) => {
    if (line.startsWith('*')) table = line;
    return line.startsWith('-A') ? [`${table} ${line}`] : [];
  });
}
