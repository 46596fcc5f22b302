import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { rulesSchema } from '../../src/config/schema.ts';
import { load } from './rules.ts';

const ajv = new Ajv({ strict: true, strictRequired: false, allowUnionTypes: true });
const schemaAccepts = ajv.compile(rulesSchema());

/** JSON is YAML: the same value goes to both. */
function decoderAccepts(file: unknown): boolean {
  return load(JSON.stringify(file)).diagnostics.every(({ severity }) => severity === 'warning');
}

test('schema/rules.schema.json is the generated one', () => {
  const checkedIn = readFileSync(
    new URL('../../schema/rules.schema.json', import.meta.url),
    'utf8',
  );
  expect(checkedIn).toBe(`${JSON.stringify(rulesSchema(), null, 2)}\n`);
});

/** Now and then what is wrong, so that most files differ from a sound one in a place or two. */
function mostly(good: readonly unknown[], bad: readonly unknown[]): fc.Arbitrary<unknown> {
  return fc.oneof(
    { weight: 20, arbitrary: fc.constantFrom(...good) },
    { weight: 1, arbitrary: fc.constantFrom(...bad, ...odd) },
  );
}

function oneOrMore(value: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc.oneof(value, fc.array(value, { minLength: 1, maxLength: 3 }));
}

const odd: readonly unknown[] = [null, true, {}, [], [[80]], { a: 1 }, 3, 'x', ''];

const address = mostly(
  ['10.0.0.1', '203.0.113.43'],
  ['0.0.0.0', '010.0.0.1', '::1', '10.0.0.0/24'],
);
const network = mostly(['10.0.0.0/24', '10.0.0.1', '10.0.0.0/255.0.0.0'], ['10.0.0.0/33', '::/0']);
const word = mostly(['web', 'eth0', 'shop/web', 'vmbr+'], ['a b', 'x'.repeat(16), '-x', 'a\nb']);
const ports = oneOrMore(
  mostly(
    [1, 80, 65535, '80', '25,465', '8000-8010', '8000:8010', '80 , 81'],
    [-1, 0, 65536, 1.5, '080', '90-80', '\t80', '80,\u00a081', '80,', 'http', '٢٥'],
  ),
);
const published = oneOrMore(
  mostly(
    [80, '80', '8080:80', '1.2.3.4:80:80', '[::1]:53:53/udp', '7000-7009/sctp'],
    [0, '80/icmp', '80:80 ', '::1:53:53', '1.2.3.4::80'],
  ),
);
const protocol = oneOrMore(mostly(['tcp', 'udp', 'sctp'], ['icmp', 'TCP', 6]));
const port = mostly([2525, '2525'], [0, 70000, '025', '25-30']);
const flag = mostly([true, false], ['true', 0]);

const mark = mostly(
  [1, '1', '0x1', '0x1000000/0x1000000', '2/3'],
  [0, -1, 1.5, 2 ** 32, '0', '01', '3/1', '0x1/', '0x100000000'],
);
const balance = mostly(['random', 'round-robin'], ['roundrobin', 'nth']);
const glob = mostly(['web-*', '?', '*', 'prod'], ['', 'a\nb']);
const selection: fc.Arbitrary<unknown> = fc.oneof(
  {
    weight: 9,
    arbitrary: someOf({ name: glob, project: glob, label: someOf({ env: glob, '': glob }) }),
  },
  { weight: 1, arbitrary: fc.constantFrom(...odd, { names: 'web' }, { label: 'env=prod' }) },
);

const common = { name: word, enabled: flag, prots: word };

const entries = {
  dnat: entry(
    { int_ip: address, ports, ext_ip: address },
    { proto: protocol, ext_if: word, int_port: port, sources: oneOrMore(network), local: flag },
  ),
  snat: entry(
    { int_ip: network, ext_if: word },
    { container: word, network: word, ext_ip: address },
  ),
  hairpin: entry(
    { ext_ip: address, int_ip: address, ports },
    { proto: protocol, lan_cidr: network },
  ),
  docker: entry(
    { container: word, ports: published },
    {
      network: word,
      target_ip: address,
      balance,
      ext_if: word,
      when_stopped: mostly(['omit', 'error'], ['ignore']),
      sources: oneOrMore(network),
    },
  ),
  publish: entry(
    { from: mostly(['published', 'labels'], ['label', 'Published']) },
    { select: selection, exclude: selection, sources: oneOrMore(network) },
  ),
  masquerade: word,
};

/** Some of the keys, now and then none. */
function someOf(values: Values): fc.Arbitrary<object> {
  return fc.record(values, { requiredKeys: [] });
}

type Values = Readonly<Record<string, fc.Arbitrary<unknown>>>;

/** A needed key is left out now and then, another one is there now and then. */
function entry(needed: Values, optional: Values): fc.Arbitrary<unknown> {
  const others = { ...optional, ...common };
  const missing = fc.constantFrom(null, null, null, null, null, null, ...Object.keys(needed));
  const added = fc.subarray(Object.keys(others), { maxLength: 2 });
  return fc
    .tuple(fc.record({ ...others, ...needed }), missing, added)
    .map(([values, left, kept]) =>
      Object.fromEntries(
        Object.entries(values).filter(([key]) =>
          key in needed ? key !== left : kept.includes(key),
        ),
      ),
    );
}

const anyFile: fc.Arbitrary<object> = fc.oneof(
  ...Object.entries(entries).map(([section, item]) =>
    fc.array(item, { maxLength: 2 }).map((items) => ({ [section]: items })),
  ),
  someOf({ accept_mark: mark, mark }).map((engine) => ({ engine })),
  fc.dictionary(fc.constantFrom('dnat', 'snat', 'danat', 'engine'), fc.constantFrom(...odd), {
    maxKeys: 2,
  }),
);

describe('the schema and the decoder', () => {
  test('the schema accepts whatever the decoder accepts', () => {
    const seen = { accepted: 0, refused: 0 };
    fc.assert(
      fc.property(anyFile, (file) => {
        if (!decoderAccepts(file)) seen.refused++;
        else if (Object.values(file).flat().length > 0) seen.accepted++;
        const sound = schemaAccepts(file) || !decoderAccepts(file);
        expect(sound, ajv.errorsText(schemaAccepts.errors)).toBe(true);
      }),
      { numRuns: 2000 },
    );
    // A generator of nothing but good or bad files would prove nothing.
    expect(Math.min(seen.accepted, seen.refused)).toBeGreaterThan(200);
  });

  const dnat = { ext_ip: '203.0.113.43', int_ip: '10.0.0.101', ports: '80' };
  const docker = { container: 'web', ports: ['80'] };

  test.each<[fault: string, file: unknown]>([
    ['an unknown section', { danat: [] }],
    ['a section that is no list', { dnat: {} }],
    ['a file that is a list', []],
    ['an entry that is no mapping', { dnat: ['x'] }],
    ['an entry that is nothing', { dnat: [null] }],
    ['an unknown key', { dnat: [{ ...dnat, prots: 80 }] }],
    ['a key of another section', { snat: [{ int_ip: '10.0.0.1', ext_if: 'eth0', ports: 80 }] }],
    ['a missing key', { dnat: [{ ext_ip: '203.0.113.43', int_ip: '10.0.0.101' }] }],
    ['neither ext_ip nor ext_if', { dnat: [{ int_ip: '10.0.0.101', ports: 80 }] }],
    ['neither container nor target_ip', { docker: [{ ports: ['80'] }] }],
    ['both container and target_ip', { docker: [{ ...docker, target_ip: '10.0.0.9' }] }],
    [
      'network without container',
      { docker: [{ target_ip: '10.0.0.9', network: 'x', ports: ['80'] }] },
    ],
    ['an address that is a number', { dnat: [{ ...dnat, ext_ip: 12 }] }],
    ['an address that is a list', { dnat: [{ ...dnat, ext_ip: ['10.0.0.1'] }] }],
    ['a key without value', { dnat: [{ ...dnat, name: null }] }],
    ['ports that are a mapping', { dnat: [{ ...dnat, ports: { 80: 90 } }] }],
    ['an empty list of ports', { dnat: [{ ...dnat, ports: [] }] }],
    ['a list in a list of ports', { dnat: [{ ...dnat, ports: [[80]] }] }],
    ['port 0', { dnat: [{ ...dnat, ports: 0 }] }],
    ['port 70000', { dnat: [{ ...dnat, ports: 70000 }] }],
    ['ports that are words', { dnat: [{ ...dnat, ports: 'http' }] }],
    ['int_port 70000', { dnat: [{ ...dnat, int_port: 70000 }] }],
    ['an unknown protocol', { dnat: [{ ...dnat, proto: 'icmp' }] }],
    ['a switch that is text', { dnat: [{ ...dnat, local: 'true' }] }],
    ['an interface of 16 characters', { dnat: [{ ...dnat, ext_if: 'a234567890123456' }] }],
    ['an empty name', { dnat: [{ ...dnat, name: '' }] }],
    ['an unknown balance', { docker: [{ ...docker, balance: 'even' }] }],
    [
      'balance without container',
      { docker: [{ target_ip: '10.0.0.9', balance: 'random', ports: ['80'] }] },
    ],
    ['publish from nowhere', { publish: [{ sources: '10.0.0.0/8' }] }],
    ['publish from an unknown origin', { publish: [{ from: 'ports' }] }],
    ['an empty selection', { publish: [{ from: 'labels', select: {} }] }],
    ['an unknown key of a selection', { publish: [{ from: 'labels', exclude: { names: 'x' } }] }],
    ['a selection by no label', { publish: [{ from: 'labels', select: { label: {} } }] }],
    ['a label that is a number', { publish: [{ from: 'labels', select: { label: { a: 1 } } }] }],
    ['an empty glob', { publish: [{ from: 'labels', select: { project: '' } }] }],
    ['a masqueraded network that is a mapping', { masquerade: [{ network: 'x' }] }],
    ['masquerade that is no list', { masquerade: 'shop_default' }],
  ])('both refuse %s', (_, file) => {
    expect(schemaAccepts(file)).toBe(false);
    expect(decoderAccepts(file)).toBe(false);
  });

  test('every key of the schema has a description and an example', () => {
    const keys = propertiesIn(rulesSchema());
    expect(keys.length).toBeGreaterThan(40);
    for (const [key, { description, examples }] of keys) {
      expect(description, key).toMatch(/\.$/);
      expect(examples, key).toHaveLength(1);
    }
  });

  test('every example in the schema is accepted by the decoder', () => {
    const { properties } = rulesSchema() as { properties: Record<string, SectionSchema> };
    for (const [section, { items, examples: whole }] of Object.entries(properties)) {
      expect(load(JSON.stringify({ [section]: whole[0] })).said, section).toEqual([]);
      if (items === undefined) continue;
      if (items.properties === undefined) {
        expect(load(JSON.stringify({ [section]: items.examples })).said, section).toEqual([]);
        continue;
      }
      const examples = Object.entries(items.properties).map(([key, value]) => [
        key,
        value.examples[0],
      ]);
      // These exclude another or need another.
      const {
        target_ip: _,
        int_port: __,
        addresses: ___,
        ...others
      } = Object.fromEntries(examples);
      const { container: ____, network: _____, ...withAddress } = others;
      const sound = section === 'snat' ? withAddress : others;
      const { said } = load(JSON.stringify({ [section]: [sound] }));
      expect(said, section).toEqual([]);
    }
  });
});

/** At any depth. */
function propertiesIn(schema: unknown): [string, Readonly<Record<string, unknown>>][] {
  if (typeof schema !== 'object' || schema === null) return [];
  const own = 'properties' in schema ? Object.entries(schema.properties as object) : [];
  return [...own, ...Object.values(schema).flatMap(propertiesIn)];
}

interface SectionSchema {
  readonly items?: EntrySchema;
  readonly examples: readonly unknown[];
}

interface EntrySchema {
  readonly examples?: readonly unknown[];
  readonly properties?: Readonly<Record<string, { readonly examples: readonly unknown[] }>>;
}
