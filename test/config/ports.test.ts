import { describe, expect, test } from 'vitest';
import { formatPorts } from '../../src/net/ports.ts';
import { entryOf, load, ruleFile } from './rules.ts';

function portsOf(written: string): string[] {
  const entry = entryOf('dnat', { ports: written });
  return entry.kind === 'dnat' ? entry.ports.map(({ value }) => formatPorts(value, '-')) : [];
}

describe('ports may be written as', () => {
  test.each<[what: string, written: string, meant: string[]]>([
    ['a number', '25', ['25']],
    ['a number as text', '"25"', ['25']],
    ['a range with a dash', '8000-8010', ['8000-8010']],
    ['a range with a colon', '8000:8010', ['8000-8010']],
    ['a range that YAML 1.1 would read as minutes and seconds', '22:59', ['22-59']],
    ['a range of one', '80-80', ['80']],
    ['the first and the last port', '1-65535', ['1-65535']],
    ['a list in text', '"25,465,8000-8010"', ['25', '465', '8000-8010']],
    ['a list in text with spaces', '"25, 465 ,587"', ['25', '465', '587']],
    ['a list in plain text', '25,465', ['25', '465']],
    ['a list of numbers', '[25, 465]', ['25', '465']],
    ['a list of numbers and text', '[25, "465,587", 8000-8010]', ['25', '465', '587', '8000-8010']],
    ['a block list', '\n      - 25\n      - 465', ['25', '465']],
  ])('%s: %s', (_, written, meant) => {
    expect(portsOf(written)).toEqual(meant);
  });
});

// To compare the whole text for each port of it takes longer than a test may.
test('a list of 1,000,000 ports in one text costs little', () => {
  expect(portsOf(`"${'25,'.repeat(999_999)}465"`)).toHaveLength(1_000_000);
});

describe('a port that is none is refused where it stands', () => {
  test.each<[written: string, message: string]>([
    ['▸0', 'port 0 cannot be mapped'],
    ['▸70000', 'port 70000 is above 65535'],
    ['▸65536', 'port 65536 is above 65535'],
    ['▸99999999999999999999', 'port 99999999999999999999 is above 65535'],
    ['▸080', 'port 080 has a leading zero'],
    ['"▸080"', 'port 080 has a leading zero'],
    ['▸0x10', '"0x10" is not a port number'],
    ['▸0o17', '"0o17" is not a port number'],
    ['▸1e3', '"1e3" is not a port number'],
    ['▸80.0', '"80.0" is not a port number'],
    ['▸+80', '"+80" is not a port number'],
    ['▸8_0', '"8_0" is not a port number'],
    ['▸.inf', '".inf" is not a port number'],
    ['▸-1', 'a port is missing'],
    ['▸http', '"http" is not a port number'],
    ['▸٢٥', '"٢٥" is not a port number'],
    ['▸90-80', 'range 90-80 ends before it begins'],
    ['▸90:80', 'range 90:80 ends before it begins'],
    ['▸80-', 'a port is missing'],
    ['▸0-80', 'port 0 cannot be mapped'],
    ['▸80-70000', 'port 70000 is above 65535'],
    ['▸1-2-3', '"2-3" is not a port number'],
    ['▸1:2:3', '"2:3" is not a port number'],
    ['▸80/tcp', '"80/tcp" is not a port number'],
    ['"25,▸70000,465"', 'port 70000 is above 65535'],
    ['"25, ▸070"', 'port 070 has a leading zero'],
    ["'25,▸x'", '"x" is not a port number'],
    ['"25,▸,465"', 'a port is missing'],
    ['[25, ▸0]', 'port 0 cannot be mapped'],
    ['[25, "465,▸0"]', 'port 0 cannot be mapped'],
    ['"25,▸"', 'a port is missing'],
  ])('%s', (written, message) => {
    const { said, marks, entries } = load(ruleFile('dnat', { ports: written }));
    expect(said).toEqual([`${marks[0]} bad-port: ${message}`]);
    expect(entries).toEqual([]);
  });

  test('every bad port of a list is reported', () => {
    const { said } = load(ruleFile('dnat', { ports: '[0, 25, "70000,26", x]' }));
    expect(said).toEqual([
      'a.yaml:4:13 bad-port: port 0 cannot be mapped',
      'a.yaml:4:21 bad-port: port 70000 is above 65535',
      'a.yaml:4:32 bad-port: "x" is not a port number',
    ]);
  });

  test('in text with escapes the whole text is the place', () => {
    const { said, marks } = load(ruleFile('dnat', { ports: '▸"25,\\x30"' }));
    expect(said).toEqual([`${marks[0]} bad-port: port 0 cannot be mapped`]);
  });
});

describe('ports of another type are refused', () => {
  test.each<[written: string, message: string]>([
    ['▸true', 'expected a port: a number or text, found true or false'],
    ['▸{80: 90}', 'expected ports: one or a list, found a mapping'],
    ['▸[]', 'the list of ports is empty'],
    ['[▸[80]]', 'expected a port: a number or text, found a list'],
    ['[80, ▸null]', 'expected a port: a number or text, found nothing'],
  ])('%s', (written, message) => {
    const { said, marks } = load(ruleFile('dnat', { ports: written }));
    expect(said).toEqual([`${marks[0]} wrong-type: ${message}`]);
  });
});

describe('int_port', () => {
  test.each([
    ['2525', 2525],
    ['"2525"', 2525],
  ])('may be written as %s', (written, value) => {
    expect(entryOf('dnat', { int_port: written })).toMatchObject({ intPort: { value } });
  });

  test.each<[written: string, code: string, message: string]>([
    ['▸0', 'bad-port', 'port 0 cannot be mapped'],
    ['▸70000', 'bad-port', 'port 70000 is above 65535'],
    ['▸025', 'bad-port', 'port 025 has a leading zero'],
    ['▸25-30', 'bad-port', '"25-30" is not a port number'],
    ['▸[25]', 'wrong-type', 'expected a port: a number or text, found a list'],
  ])('is not %s', (written, code, message) => {
    const { said, marks } = load(ruleFile('dnat', { int_port: written }));
    expect(said).toEqual([`${marks[0]} ${code}: ${message}`]);
  });

  test('leaves room for the whole range', () => {
    const { said, marks } = load(ruleFile('dnat', { ports: '8000-8010', int_port: '▸65530' }));
    expect(said).toEqual([
      `${marks[0]} bad-port: 8000-8010 from int_port 65530 on ends above 65535`,
    ]);
    expect(entryOf('dnat', { ports: '8000-8005', int_port: '65530' })).toBeDefined();
  });
});
