import { expect, test } from 'vitest';
import { compareChains } from '../../src/iptables/ruleset.ts';

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
