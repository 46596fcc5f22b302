import { expect, test } from 'vitest';
import { nearest } from '../../src/diagnostic/nearest.ts';

const keys = ['ext_ip', 'int_ip', 'ports', 'proto', 'name', 'lan_cidr'];

test.each([
  ['prots', 'ports'],
  ['port', 'ports'],
  ['PORTS', 'ports'],
  ['ext-ip', 'ext_ip'],
  ['lan_cird', 'lan_cidr'],
  ['nmae', 'name'],
  ['zzz', null],
  ['', null],
  ['something_long', null],
])('the word nearest to %j is %j', (word, near) => {
  expect(nearest(word, keys)).toBe(near);
});
