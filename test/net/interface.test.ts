import { expect, test } from 'vitest';
import { interfaceCovers, interfacesOverlap } from '../../src/net/interface.ts';

test.each([
  ['eth0', 'eth0', true],
  ['eth0', 'eth1', false],
  ['eth+', 'eth0', true],
  ['eth+', 'eth', true],
  ['eth+', 'et', false],
  ['eth+', 'ppp0', false],
  ['eth+', 'et+', true],
  ['eth0+', 'eth1+', false],
])('%s and %s mean a common interface: %s', (a, b, overlap) => {
  expect(interfacesOverlap(a, b)).toBe(overlap);
  expect(interfacesOverlap(b, a)).toBe(overlap);
});

test.each([
  ['eth0', 'eth0', true],
  ['eth0', 'eth0+', false],
  ['eth+', 'eth0', true],
  ['eth+', 'eth0+', true],
  ['eth0+', 'eth+', false],
  ['eth+', 'ppp0', false],
  ['eth+', '', false],
])('%s means all that %j means: %s', (pattern, name, covers) => {
  expect(interfaceCovers(pattern, name)).toBe(covers);
});
