import { describe, expect, test } from 'vitest';
import { loadRuleSet } from '../../src/config/load.ts';
import { selectedLabels } from '../../src/config/selection.ts';
import { entryOf, load, loadFiles, ruleFile } from './rules.ts';

describe('a selection', () => {
  test.each<[written: string, select: object]>([
    ['{name: "web-*"}', { name: 'web-*', project: null, labels: new Map() }],
    ['{project: shop}', { name: null, project: 'shop', labels: new Map() }],
    [
      '{name: w?b, project: "*", label: {env: prod, tier: "1"}}',
      {
        name: 'w?b',
        project: '*',
        labels: new Map([
          ['env', 'prod'],
          ['tier', '1'],
        ]),
      },
    ],
    ['{label: {__proto__: x}}', { labels: new Map([['__proto__', 'x']]) }],
  ])('%s is decoded', (written, select) => {
    expect(entryOf('publish', { select: written })).toMatchObject({ select, exclude: null });
    expect(entryOf('publish', { exclude: written })).toMatchObject({ exclude: select });
  });

  test.each([
    ['▸{}', 'missing-key: name, project or label is needed'],
    ['{label: ▸{}}', 'missing-key: label needs a label'],
    ['▸web', 'wrong-type: expected name, project or label: a mapping, found text'],
    ['▸[web]', 'wrong-type: expected name, project or label: a mapping, found a list'],
    ['{▸names: web}', 'unknown-key: unknown key "names"'],
    ['{name: ▸[web]}', 'wrong-type: expected text, found a list'],
    ['{name: ▸""}', 'invalid-text: this text is empty'],
    ['{name: ▸"a\\nb"}', 'invalid-text: this text contains a control or invisible character'],
    ['{label: ▸env}', 'wrong-type: expected labels with their values: a mapping, found text'],
    ['{label: {▸env: }}', 'wrong-type: env has no value'],
    ['{label: {env: ▸1}}', 'wrong-type: expected text, found a number'],
    ['{label: {▸1: a}}', 'unknown-key: a key must be plain text'],
    ['{label: {▸"a\\tb": a}}', 'invalid-text: this key contains a control or invisible character'],
  ])('%s is refused', (written, message) => {
    const { said, marks } = load(ruleFile('publish', { select: written }));
    expect(said).toEqual([`${marks[0]} ${message}`]);
  });
});

test('the labels that rules select by are reported, and no others', () => {
  const text = `
publish:
  - {from: labels, select: {label: {env: prod, "com.example/tier": "*"}}}
  - {from: published, exclude: {label: {debug: "?"}}, name: all}
  - {from: published, enabled: false, select: {label: {off: x}}}
docker: [{container: web, ports: 80}]
`;
  const ruleSet = loadRuleSet([{ name: 'a.yaml', text }], (fault) => {
    throw new Error(fault.message);
  });
  expect([...selectedLabels(ruleSet)]).toEqual(['env', 'com.example/tier', 'debug']);
});

test.each([
  ['publish', { from: '▸ports' }, '"ports" is not published or labels'],
  ['docker', { balance: '▸even' }, '"even" is not random or round-robin'],
] as const)('%s: an unknown word is refused with the known ones', (kind, changed, message) => {
  const { said, marks } = load(ruleFile(kind, changed));
  expect(said).toEqual([`${marks[0]} bad-choice: ${message}`]);
});

test('when_stopped goes with a container', () => {
  const { said } = load('docker: [{target_ip: 10.0.0.9, when_stopped: omit, ports: 80}]');
  expect(said).toEqual([
    'a.yaml:1:10 excluded-key: when_stopped goes with container, not target_ip',
  ]);
});

test('balance goes with a container', () => {
  const { said } = load('docker: [{target_ip: 10.0.0.9, balance: random, ports: 80}]');
  expect(said).toEqual(['a.yaml:1:10 excluded-key: balance goes with container, not target_ip']);
});

describe('masquerade is a list of names', () => {
  test('each an entry with its place', () => {
    const { entries, said } = load('masquerade: [shop_default, "bridge"]');
    expect(said).toEqual([]);
    expect(entries).toMatchObject([
      { kind: 'masquerade', network: { value: 'shop_default' }, at: { offset: 13 } },
      { kind: 'masquerade', network: { value: 'bridge' } },
    ]);
  });

  test.each([
    ['masquerade: ▸shop', 'wrong-type: expected a list of masquerade entries, found text'],
    ['masquerade: [▸{network: shop}]', 'wrong-type: expected text, found a mapping'],
    ['masquerade: [▸1]', 'wrong-type: expected text, found a number'],
    [
      'masquerade: [▸"a\\u202eb"]',
      'invalid-text: this text contains a control or invisible character',
    ],
  ])('%s is refused', (text, message) => {
    const { said, marks } = load(text);
    expect(said).toEqual([`${marks[0]} ${message}`]);
  });
});

describe('engine', () => {
  test('has the mark that Docker lets in', () => {
    const { acceptMark, said } = load('engine: {accept_mark: 0x10/0x10}');
    expect(said).toEqual([]);
    expect(acceptMark).toMatchObject({ value: { value: 16, mask: 16 }, at: { offset: 22 } });
    expect(load('engine:').acceptMark).toBeNull();
  });

  test.each([
    ['engine: {▸mark: 1}', 'unknown-key: unknown key "mark"'],
    ['engine: ▸[1]', 'wrong-type: expected a mapping with accept_mark, found a list'],
    [
      'engine: {accept_mark: ▸true}',
      'wrong-type: expected a mark, as 0x1000000/0x1000000, found true or false',
    ],
    [
      'engine: {accept_mark: ▸0}',
      'bad-mark: "0" is the mark 0, which packets have that nobody marked',
    ],
  ])('%s', (text, expected) => {
    const { said, marks } = load(text);
    expect(said).toEqual(marks.map((place) => `${place} ${expected}`));
  });

  test('is the same in all files', () => {
    const { said, marks } = loadFiles({
      'a.yaml': 'engine: {accept_mark: 1}',
      'b.yaml': 'engine: {accept_mark: 0x1/0xffffffff}',
      'c.yaml': 'engine: {accept_mark: ▸2}',
    });
    const message = 'accept_mark is 0x2/0xffffffff here and 0x1/0xffffffff in another file';
    expect(said).toEqual(marks.map((place) => `${place} conflicting-setting: ${message}`));
  });
});

describe('jumps', () => {
  test('say where the jump in DOCKER-USER goes', () => {
    const { dockerUser, said } = load('jumps: {docker_user: first}');
    expect(said).toEqual([]);
    expect(dockerUser).toMatchObject({ value: 'first' });
    expect(load('jumps:').dockerUser).toBeUndefined();
  });

  test.each([
    ['jumps: {▸docker-user: first}', 'unknown-key: unknown key "docker-user"'],
    ['jumps: ▸[first]', 'wrong-type: expected a mapping with docker_user, found a list'],
  ])('%s', (text, expected) => {
    const { said, marks } = load(text);
    expect(said).toEqual(marks.map((place) => `${place} ${expected}`));
  });

  test('are the same in all files', () => {
    const { said } = loadFiles({
      'a.yaml': 'jumps: {docker_user: first}',
      'b.yaml': 'jumps: {docker_user: behind-drops}',
    });
    expect(said).toHaveLength(1);
    expect(said[0]).toContain('docker_user is behind-drops here and first in another file');
  });
});
