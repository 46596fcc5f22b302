import { describe, expect, test } from 'vitest';
import { load, loadFiles, ruleFile } from './rules.ts';

describe('YAML features that make a value other than what stands on its line are refused', () => {
  test.each<[what: string, text: string, message: string]>([
    ['an anchor', ruleFile('dnat', { ports: '▸&p 80' }), 'anchor &p is not allowed'],
    ['an anchor on a list', 'dnat: ▸&a []', 'anchor &a is not allowed'],
    ['an anchor above its list', 'dnat: ▸&a\n  - {}', 'anchor &a is not allowed'],
    ['an anchor and a tag', 'dnat: ▸!!seq &a []', 'anchor &a is not allowed'],
    ['an anchor on an entry', 'dnat: [▸&a {}]', 'anchor &a is not allowed'],
    ['an anchor on a key', '▸&a dnat: []', 'anchor &a is not allowed'],
    [
      'a tag',
      ruleFile('dnat', { ports: '▸!!str 80' }),
      'tag !!str is not allowed; natmap knows the types',
    ],
    [
      'YAML 1.1',
      '▸%YAML 1.1\n---\ndnat: []',
      'a %YAML directive is not allowed; files are YAML 1.2',
    ],
  ])('%s', (_, text, message) => {
    const { said, marks, entries } = load(text);
    expect(said).toEqual([`${marks[0]} yaml-feature: ${message}`]);
    expect(entries).toEqual([]);
  });

  test('an alias', () => {
    const { said, marks } = load(
      'dnat:\n  - ext_ip: ▸&ip 203.0.113.1\n    int_ip: ▸*ip\n    ports: 80\n',
    );
    expect(said).toEqual([
      `${marks[0]} yaml-feature: anchor &ip is not allowed`,
      `${marks[1]} yaml-feature: alias *ip is not allowed; write the value out`,
    ]);
  });

  test('a merge key', () => {
    const { said, marks } = load(`${ruleFile('dnat', {})}    ▸<<: {int_port: 90}\n`);
    expect(said).toEqual([`${marks[0]} unknown-key: unknown key "<<"`]);
  });
});

describe('a file that is no sound YAML 1.2 document is refused', () => {
  test.each<[what: string, text: string, message: string]>([
    [
      'a key twice in an entry',
      `${ruleFile('dnat', {})}    ▸ports: 81\n`,
      'this key stands twice here',
    ],
    ['a section twice', 'dnat: []\n▸dnat: []', 'this key stands twice here'],
    ['several documents', 'dnat: []\n▸---\nsnat: []', 'one file holds one document'],
    ['something after the end', 'dnat: []\n...\n▸snat: []', 'one file holds one document'],
    ['an unknown directive', '▸%FOO\n---\ndnat: []', 'Unknown directive %FOO'],
    ['a tab as indentation', 'dnat:\n▸\t- {}', 'Tabs are not allowed as indentation'],
    ['a tag that YAML does not know', 'dnat: ▸!x []', 'Unresolved tag: !x'],
    ['two values on a line', 'dnat: ▸a: b', 'Nested mappings are not allowed in compact mappings'],
    [
      'a key without a colon',
      'dnat: []\n▸foo',
      'Implicit map keys need to be followed by map values',
    ],
  ])('%s', (_, text, message) => {
    const { said, marks, entries } = load(text);
    expect(said[0]).toContain(`yaml-syntax: ${message}`);
    expect(said[0]).toContain(`${marks[0]} `);
    expect(entries).toEqual([]);
  });

  test('a document too deep to be read is a fault, not a crash', () => {
    const { said } = load(`dnat: ${'['.repeat(20_000)}${']'.repeat(20_000)}`);
    expect(said.length).toBeGreaterThan(0);
  });
});

describe('a file may be', () => {
  test.each([
    ['empty', ''],
    ['nothing but comments', '# nothing here\n'],
    ['nothing but a document start', '---\n'],
    ['null', '~'],
    ['sections without entries', 'dnat:\nsnat: []\ndocker: null\n'],
    ['a declared YAML 1.2', '%YAML 1.2\n---\ndnat: []\n'],
  ])('%s', (_, text) => {
    expect(load(text)).toMatchObject({ entries: [], said: [] });
  });

  test('written with line ends of Windows', () => {
    const { said, marks } = load(ruleFile('dnat', { ports: '▸0' }).replaceAll('\n', '\r\n'));
    expect(said).toEqual([`${marks[0]} bad-port: port 0 cannot be mapped`]);
  });

  test('no list and no text', () => {
    const sections = 'dnat, snat, hairpin, docker, publish, masquerade, engine, jumps';
    const message = `expected a mapping with ${sections}, found`;
    expect(load('- a').said).toEqual([`a.yaml:1:1 wrong-type: ${message} a list`]);
    expect(load('a').said).toEqual([`a.yaml:1:1 wrong-type: ${message} text`]);
  });
});

describe('text that begins with a star', () => {
  test.each([
    ['publish: [{from: published, select: {name: ▸*web}}]', 'yaml-feature'],
    ['publish: [{from: published, select: {name: ▸*}}]', 'yaml-syntax'],
  ])('%s is to be put in quotes', (text, code) => {
    const { diagnostics } = load(text);
    const hint = 'text that begins with * stands in quotes';
    expect(diagnostics).toMatchObject([{ code, hint }]);
  });
});

describe('a section is a list of mappings', () => {
  test.each([
    ['dnat: ▸{}', 'expected a list of dnat entries, found a mapping'],
    ['dnat: ▸text', 'expected a list of dnat entries, found text'],
    ['dnat: [▸text]', 'expected a dnat entry: a mapping, found text'],
    ['dnat:\n  -▸\n', 'expected a dnat entry: a mapping, found nothing'],
    ['dnat: [▸[]]', 'expected a dnat entry: a mapping, found a list'],
  ])('%j', (text, message) => {
    const { said, marks } = load(text);
    expect(said).toEqual([`${marks[0]} wrong-type: ${message}`]);
  });
});

describe('all files are read in one run', () => {
  test('every fault of every file is reported', () => {
    const { said, marks } = loadFiles({
      'rules.d/10-a.yaml': 'dnat:\n  - ext_ip: ▸x\n    int_ip: ▸y\n    ports: ▸0\n',
      'rules.d/20-b.yaml': 'dnat: [\n▸',
      'rules.d/30-c.yaml': '▸nat: []\nsnat:\n  - int_ip: ▸z\n    ext_if: ▸a/b\n',
    });
    expect(said.map((line) => line.slice(0, line.indexOf(' ')))).toEqual(marks);
    expect(marks).toHaveLength(7);
  });

  test('a sound entry beside a faulty one is kept', () => {
    const { entries } = load(`${ruleFile('dnat', {})}  - {}\n`);
    expect(entries).toHaveLength(1);
  });

  test('files are merged in the order given, entries in the order written', () => {
    const { entries } = loadFiles({
      'b.yaml': ruleFile('snat', { name: 'first' }) + ruleFile('dnat', { name: 'second' }),
      'a.yaml': ruleFile('dnat', { name: 'third' }),
    });
    expect(entries.map(({ name }) => name)).toEqual(['first', 'second', 'third']);
  });

  test('every entry knows its file, line and column', () => {
    const { entries } = loadFiles({
      'a.yaml': '# one\n\ndnat:\n- ext_ip: 1.2.3.4\n  int_ip: 10.0.0.1\n  ports: 80\n',
    });
    expect(entries[0]?.at).toMatchObject({ source: { name: 'a.yaml' }, offset: 15 });
  });
});

// Ten thousand keys took 8 seconds, forty thousand 78, when each was compared with all before it.
test.each([
  ['a mapping grows with its keys', (at: number) => `key${at}: 1\n`],
  ['anchors grows with their number', (at: number) => `- &a${at} {}\n`],
])(
  'the cost of %s and no faster',
  (_, item) => {
    const seconds = (count: number) => {
      const text = Array.from({ length: count }, (_, index) => item(index)).join('');
      const start = performance.now();
      load(item(0).startsWith('-') ? `dnat:\n${text}` : text);
      return performance.now() - start;
    };
    seconds(2_000);
    const [few, many] = [seconds(1_000), seconds(10_000)];
    // Linear is 10 times; quadratic would be 100.
    expect(many / few).toBeLessThan(30);
  },
  60_000,
);

test('nesting that is too deep is said to be that', () => {
  const { said } = load('['.repeat(20_000));
  expect(said).toContainEqual(expect.stringMatching(/yaml-syntax: this is nested too deeply$/));
});
