import { expect, test } from 'vitest';
import { acceptRa } from '../../../src/doctor/checks/accept-ra.ts';
import { found } from '../found.ts';
import { type Given, link } from '../host.ts';

const links = [link('wan', { kind: 'other' }, '~2001:db8::5')];
const rules = 'dnat: [{ext_ip: "2001:db8::5", int_ip: "2001:db8:10::101", ports: 25}]\n';

function wan(forwarding: string, acceptRa: string): Given {
  const [a, b] = ['net/ipv6/conf/wan/forwarding', 'net/ipv6/conf/wan/accept_ra'];
  return { rules, links, sysctls: { [a]: forwarding, [b]: acceptRa } };
}

test('a host that forwards and has its address from a router is reported that it will lose it', () => {
  expect(found(acceptRa, wan('1', '1'))).toEqual([
    {
      what: 'warning: wan has an address from a router, and takes no more advertisements as this host forwards',
      for: ['1: [2001:db8::5]:25/tcp → 2001:db8:10::101'],
      run: ['sysctl -w net.ipv6.conf.wan.accept_ra=2'],
    },
  ]);
});

test.each([
  ['advertisements are taken all the same', wan('1', '2')],
  ['somebody else than the kernel takes them', wan('1', '0')],
  ['the interface does not forward', wan('0', '1')],
  [
    'the address is its own',
    { ...wan('1', '1'), links: [link('wan', { kind: 'other' }, '2001:db8::5')] },
  ],
  [
    'nothing is mapped in IPv6',
    { ...wan('1', '1'), rules: 'dnat: [{ext_ip: 203.0.113.43, int_ip: 10.0.0.101, ports: 25}]\n' },
  ],
])('when %s, there is no finding', (_, given) => {
  expect(found(acceptRa, given)).toEqual([]);
});
