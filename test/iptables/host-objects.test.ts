import { expect, test } from 'vitest';
import { neededObject } from '../../src/iptables/host-objects.ts';

test.each([
  ['-p tcp -m set --match-set blocked src -j DROP', 'an ipset'],
  ['-m set ! --match-set blocked dst', 'an ipset'],
  ['--match set --match-set a src', 'an ipset'],
  ['--match=set --match-set a src', 'an ipset'],
  ['-mset --match-set a src', 'an ipset'],
  ['-j SET --add-set seen src', 'an ipset'],
  ['--jump SET --add-set seen src', 'an ipset'],
  ['-m nfacct --nfacct-name web', 'an nfacct object'],
  ['-m rateest --rateest1 eth0 --rateest-lt --rateest-bps1 1mbit', 'a rate estimator'],
  ['-p tcp -j ACCEPT', null],
  ['-p tcp -m comment --comment "-m set" -j ACCEPT', null],
  ['-m recent --set --name set', null],
  ['-p tcp -j NATMAP-SET', null],
  ['', null],
])('%s needs %s', (spec, object) => {
  expect(neededObject(spec)).toBe(object);
});
