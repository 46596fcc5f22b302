import { expect, test } from 'vitest';
import { ipv6Disabled } from '../../../src/doctor/checks/ipv6-disabled.ts';
import { found } from '../found.ts';

const rules = 'dnat: [{ext_ip: "2001:db8:43::25", int_ip: "2001:db8:10::101", ports: 25}]\n';
const path = 'net/ipv6/conf/all/disable_ipv6';

test('IPv6 mappings do not work where disable_ipv6 is set', () => {
  expect(found(ipv6Disabled, { rules, sysctls: { [path]: '1' } })).toEqual([
    {
      what: 'error: IPv6 is switched off on every interface (disable_ipv6)',
      for: ['1: [2001:db8:43::25]:25/tcp → 2001:db8:10::101'],
      run: ['sysctl -w net.ipv6.conf.all.disable_ipv6=0'],
    },
  ]);
});

test.each([
  ['it is not set', rules, '0'],
  ['the kernel has no such setting', rules, null],
  ['no mapping is IPv6', 'dnat: [{ext_ip: 203.0.113.43, int_ip: 10.0.0.1, ports: 25}]\n', '1'],
])('nothing is found where %s', (_, text, value) => {
  expect(found(ipv6Disabled, { rules: text, sysctls: { [path]: value } })).toEqual([]);
});
