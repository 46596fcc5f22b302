import { expect, test } from 'vitest';
import { flaggedTables } from '../../src/host/nft-tables.ts';

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
