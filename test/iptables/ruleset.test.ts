import { describe, expect, test } from 'vitest';
import { compareChains, orderTables } from '../../src/iptables/ruleset.ts';

const table = (name: string) => ({ name, chains: [] });
const names = (tables: readonly { readonly name: string }[]) => tables.map(({ name }) => name);

test('built-in chains stand in the order of their hooks, others by their bytes', () => {
  const chains = [
    'b',
    'OUTPUT',
    'NATMAP',
    'DOCKER',
    'a',
    'INPUT',
    'POSTROUTING',
    'PREROUTING',
    'Z',
  ];
  expect(chains.sort(compareChains('nat'))).toEqual([
    'PREROUTING',
    'INPUT',
    'OUTPUT',
    'POSTROUTING',
    'DOCKER',
    'NATMAP',
    'Z',
    'a',
    'b',
  ]);
});

describe('a new table stands', () => {
  test.each([
    ['nft', ['raw'], ['filter', 'nat'], ['raw', 'filter', 'nat']],
    ['nft', ['nat', 'mangle'], ['filter'], ['mangle', 'filter', 'nat']],
    ['nft', [], ['filter', 'nat'], ['filter', 'nat']],
    ['legacy', [], ['filter', 'nat'], ['nat', 'filter']],
    ['legacy', ['raw', 'mangle'], ['filter', 'nat'], ['nat', 'filter', 'raw', 'mangle']],
    ['legacy', ['filter'], ['nat'], ['nat', 'filter']],
  ] as const)('%s: beside %j, %j: %j', (variant, existing, created, order) => {
    const tables = orderTables(variant, existing.map(table), created.map(table));
    expect(names(tables)).toEqual(order);
  });

  test('nowhere when there is none, and the others stay where they are', () => {
    const existing = ['nat', 'filter'].map(table);
    expect(orderTables('nft', existing, [])).toBe(existing);
  });
});
