import { expect, test } from 'vitest';
import { baseChains, flaggedTables } from '../../src/host/nft-tables.ts';

const metainfo = '{"metainfo": {"version": "1.0.6", "json_schema_version": 1}}';
const table = (more: string) => `{"table": {"family": "ip", "name": "nat", "handle": 1${more}`;
const list = (item: string) => `{"nftables": [${metainfo}, ${item}`;

test.each([
  ['no flags', table('}}]}'), 0],
  ['an empty list of them', table(', "flags": []}}]}'), 0],
  ['the name of one', table(', "flags": "dormant"}}]}'), 1],
  ['a name that nft 1.0.6 prints in place of dormant', table(', "flags": "filter"}}]}'), 1],
  ['flags at which nft 1.0.6 crashed', table(', "flags": '), 1],
  ['several', table(', "flags": ["owner", "persist"]}}]}'), 1],
])('a table with %s', (_, item, count) => {
  const found = flaggedTables(list(item));
  expect(found).toEqual(Array.from({ length: count }, () => ({ family: 'ip', name: 'nat' })));
});

test.each(['', 'Error: syntax error', '{"tables": []}', '[]', 'null'])('%j is not read', (text) => {
  expect(flaggedTables(text)).toBeNull();
});

test('base chains are those with a hook', () => {
  const chains = [
    { family: 'ip', table: 'nat', name: 'NATMAP', handle: 1 },
    { family: 'ip', table: 'nat', name: 'PREROUTING', type: 'nat', hook: 'prerouting', prio: -100 },
  ].map((chain) => ({ chain }));
  expect(baseChains(JSON.stringify({ nftables: [JSON.parse(metainfo), ...chains] }))).toEqual([
    {
      ...{ family: 'ip', table: 'nat', name: 'PREROUTING' },
      ...{ type: 'nat', hook: 'prerouting', priority: -100 },
    },
  ]);
});

test.each(['', '[]', 'null', '{"nftables": 1}', '{"nftables": [null, 1, {"chain": null}]}'])(
  'no base chain is read from %j',
  (text) => expect(baseChains(text) ?? []).toEqual([]),
);
