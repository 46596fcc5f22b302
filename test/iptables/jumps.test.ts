import { expect, test } from 'vitest';
import { jumpOf, reachable, reversed, tableJumps } from '../../src/iptables/jumps.ts';
import { oneTable } from '../apply/rulesets.ts';

const chains = new Set(['NATMAP', 'DOCKER', '-j']);

test.each([
  ['-p tcp -j NATMAP', 'NATMAP'],
  ['-g DOCKER', 'DOCKER'],
  ['-p tcp -j ACCEPT', null],
  ['-p tcp -j NATMAP-SIDE', null],
  ['-m comment --comment "see -j NATMAP" -j DOCKER', 'DOCKER'],
  ['-m comment --comment "see -j NATMAP" -j ACCEPT', null],
  ['-m comment --comment "-g" -p tcp', null],
  ['', null],
])('%s leads to %s', (spec, chain) => {
  expect(jumpOf(spec, chains)).toBe(chain);
});

test('ways are followed over any number of jumps, there and back', () => {
  const { tables } = oneTable(
    'filter',
    ['a', 'b', 'c', 'd'],
    ['-A FORWARD -j a', '-A a -p tcp -j b', '-A a -p udp -j b', '-A b -j c', '-A d -j c'],
  );
  const jumps = tables.flatMap((table) => [...tableJumps(table)]);
  expect(new Map(jumps).get('a')).toEqual(new Set(['b']));
  expect([...reachable(['a'], new Map(jumps))].sort()).toEqual(['a', 'b', 'c']);
  expect([...reachable(['b'], reversed(new Map(jumps)))].sort()).toEqual(['FORWARD', 'a', 'b']);
});
