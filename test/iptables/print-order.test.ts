import { describe, expect, test } from 'vitest';
import {
  addChains,
  newBuiltinChains,
  orderTables,
  printOrder,
} from '../../src/iptables/print-order.ts';
import type { Backend } from '../../src/iptables/ruleset.ts';

const order = (backend: Backend, version: string) => printOrder(backend, { version, backend });
const names = (items: readonly { readonly name: string }[]) => items.map(({ name }) => name);

describe('a new table is printed', () => {
  const table = (name: string) => ({ name, chains: [] });

  test.each([
    ['nft', '1.8.9', ['raw'], ['filter', 'nat'], ['raw', 'filter', 'nat']],
    ['nft', '1.8.9', ['mangle', 'nat'], ['filter'], ['mangle', 'filter', 'nat']],
    ['nft', '1.8.6', ['nat'], ['filter'], ['filter', 'nat']],
    ['nft', '1.8.5', ['nat'], ['filter'], ['nat', 'filter']],
    ['nft', '1.8.4', [], ['filter', 'nat'], ['filter', 'nat']],
    ['legacy', '1.8.9', [], ['filter', 'nat'], ['nat', 'filter']],
    ['legacy', '1.6.1', ['raw', 'mangle'], ['filter', 'nat'], ['nat', 'filter', 'raw', 'mangle']],
    ['legacy', '1.8.9', ['filter'], ['nat'], ['nat', 'filter']],
  ] as const)('%s %s: beside %j, %j: %j', (variant, version, existing, created, expected) => {
    const tables = orderTables(order(variant, version), existing.map(table), created.map(table));
    expect(names(tables)).toEqual(expected);
  });

  test.each(['nft', 'legacy'] as const)('nowhere when there is none: %s', (variant) => {
    const existing = ['nat', 'filter'].map(table);
    expect(orderTables(order(variant, '1.8.9'), existing, [])).toEqual(existing);
  });
});

describe('a new chain is printed', () => {
  const chain = (name: string) => ({ name, policy: '-', counters: null, rules: [] });
  const chains = [
    { ...chain('POSTROUTING'), policy: 'ACCEPT' },
    ...['LIBVIRT_PRT', 'KUBE-SVC', 'a'].map(chain),
  ];

  test.each([
    ['nft', '1.8.7', 'NATMAP', ['LIBVIRT_PRT', 'KUBE-SVC', 'NATMAP', 'a']],
    ['legacy', '1.8.4', 'NATMAP', ['LIBVIRT_PRT', 'KUBE-SVC', 'NATMAP', 'a']],
    ['nft', '1.8.7', 'b', ['LIBVIRT_PRT', 'KUBE-SVC', 'a', 'b']],
    ['nft', '1.8.6', 'NATMAP', ['LIBVIRT_PRT', 'KUBE-SVC', 'a', 'NATMAP']],
  ] as const)('%s %s: %s among those that keep their places', (variant, version, name, users) => {
    const added = addChains(order(variant, version), chains, [chain(name)]);
    expect(names(added)).toEqual(['POSTROUTING', ...users]);
  });

  test('several at once, each as if it came alone', () => {
    const created = ['b', 'NATMAP-2', 'NATMAP', 'Ä'].map(chain);
    for (const version of ['1.8.6', '1.8.7', '1.8.9']) {
      const tool = order('nft', version);
      const oneByOne = created.reduce<readonly (typeof chains)[number][]>(
        (before, each) => addChains(tool, before, [each]),
        chains,
      );
      expect(names(addChains(tool, chains, created))).toEqual(names(oneByOne));
    }
  });

  test.each([
    ['nft', '1.8.6', ['PREROUTING', 'INPUT', 'POSTROUTING', 'OUTPUT']],
    ['nft', '1.8.7', ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING']],
    ['legacy', '1.8.4', ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING']],
  ] as const)('behind the built-in ones of a new nat table: %s %s', (variant, version, builtin) => {
    expect(newBuiltinChains('nat', order(variant, version))).toEqual(builtin);
  });
});

test('an unknown program is taken for the newest', () => {
  expect(printOrder('nft', undefined)).toEqual(order('nft', '1.8.13'));
});
