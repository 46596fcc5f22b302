import { describe, expect, test } from 'vitest';
import {
  formatNetwork,
  isLoopback,
  isUnspecified,
  networkContains,
  networksOverlap,
  parseAddress,
  parseNetwork,
} from '../../src/net/address.ts';

describe('an address is canonical once it is read', () => {
  test.each([
    ['10.0.0.1', '10.0.0.1'],
    ['255.255.255.255', '255.255.255.255'],
    ['::', '::'],
    ['0:0:0:0:0:0:0:1', '::1'],
    ['2001:DB8::A', '2001:db8::a'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['::ffff:192.0.2.1', '::ffff:192.0.2.1'],
    ['::ffff:c000:201', '::ffff:192.0.2.1'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
  ])('%s', (written, text) => {
    expect(parseAddress(written)?.text).toBe(text);
  });
});

test.each([
  '',
  '1.2.3',
  '1.2.3.4.5',
  '256.0.0.1',
  '010.0.0.1',
  '0x0a.0.0.1',
  '10.0.0.1/32',
  ' 10.0.0.1',
  '1',
  'localhost',
  'fe80::1%eth0',
  '[::1]',
  ':::',
  '1::2::3',
  '12345::',
  '::1\n',
])('%j is no address', (text) => {
  expect(parseAddress(text)).toBeNull();
});

describe('a network loses its host bits, as in the kernel', () => {
  test.each([
    ['10.0.0.1', '10.0.0.1/32'],
    ['10.1.2.3/8', '10.0.0.0/8'],
    ['10.1.2.3/20', '10.1.0.0/20'],
    ['10.1.2.3/0', '0.0.0.0/0'],
    ['10.1.2.3/255.255.0.0', '10.1.0.0/16'],
    ['10.1.2.3/0.0.0.0', '0.0.0.0/0'],
    ['10.1.2.3/255.255.255.255', '10.1.2.3/32'],
    ['2001:db8::1', '2001:db8::1/128'],
    ['2001:db8:ffff::1/33', '2001:db8:8000::/33'],
    ['2001:db8::ff/121', '2001:db8::80/121'],
    ['::1/0', '::/0'],
    ['::ffff:192.0.2.255/120', '::ffff:192.0.2.0/120'],
  ])('%s', (written, text) => {
    const network = parseNetwork(written);
    expect(network && formatNetwork(network)).toBe(text);
  });
});

test.each([
  '10.0.0.0/',
  '10.0.0.0/33',
  '10.0.0.0/-1',
  '10.0.0.0/08',
  '10.0.0.0/255.0.255.0',
  '10.0.0.0/8/8',
  '10.0.0.0/ 8',
  '::/129',
  '::/ffff::',
])('%s is no network', (text) => {
  expect(parseNetwork(text)).toBeNull();
});

describe('networks overlap', () => {
  test.each([
    ['10.0.0.0/8', '10.1.0.0/16', true],
    ['10.0.0.0/16', '10.1.0.0/16', false],
    ['10.0.0.1/32', '10.0.0.1/32', true],
    ['10.0.0.1/32', '10.0.0.2/32', false],
    ['0.0.0.0/0', '10.0.0.2/32', true],
    ['2001:db8::/32', '2001:db8:1::/48', true],
    ['2001:db8::/48', '2001:db8:1::/48', false],
    ['0.0.0.0/0', '::/0', false],
  ])('%s and %s: %s', (a, b, overlap) => {
    const [one, other] = [parseNetwork(a), parseNetwork(b)];
    if (one === null || other === null) throw new Error('no network');
    expect(networksOverlap(one, other)).toBe(overlap);
    expect(networksOverlap(other, one)).toBe(overlap);
  });
});

test.each([
  ['0.0.0.0', true, false],
  ['::', true, false],
  ['0:0::0', true, false],
  ['127.0.0.1', false, true],
  ['127.255.0.1', false, true],
  ['::1', false, true],
  ['128.0.0.1', false, false],
])('%s: unspecified %s, loopback %s', (text, unspecified, loopback) => {
  const address = parseAddress(text);
  if (address === null) throw new Error('no address');
  expect(isUnspecified(address)).toBe(unspecified);
  expect(isLoopback(address)).toBe(loopback);
});

test.each([
  ['10.0.0.0/8', '10.1.0.0/16', true],
  ['10.0.0.0/8', '10.0.0.0/8', true],
  ['10.1.0.0/16', '10.0.0.0/8', false],
  ['10.0.0.0/8', '11.0.0.0/16', false],
  ['0.0.0.0/0', '2001:db8::/32', false],
  ['2001:db8::/32', '2001:db8:1::/48', true],
])('%s contains %s: %s', (outer, inner, contains) => {
  const [a, b] = [parseNetwork(outer), parseNetwork(inner)];
  expect(a !== null && b !== null && networkContains(a, b)).toBe(contains);
});
