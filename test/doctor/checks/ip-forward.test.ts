import { expect, test } from 'vitest';
import { ipForward } from '../../../src/doctor/checks/ip-forward.ts';
import { found } from '../found.ts';
import { link } from '../host.ts';

const rules = `
dnat:
  - {ext_ip: 203.0.113.43, int_ip: 10.0.0.101, ports: 25, ext_if: vmbr0}
docker:
  - {container: web, ports: ["127.0.0.1:8080:80"]}
  - {target_ip: "2001:db8:18::2", ports: [53]}
`;
const mail = '3: 203.0.113.43:25/tcp on vmbr0 → 10.0.0.101';
const dns = '6: 2001:db8:18::2: *:53/tcp → 2001:db8:18::2';

test.each([
  ['IPv4', 'net/ipv4/ip_forward', mail, 'sysctl -w net.ipv4.ip_forward=1'],
  ['IPv6', 'net/ipv6/conf/all/forwarding', dns, 'sysctl -w net.ipv6.conf.all.forwarding=1'],
])(
  '%s forwarding that is off keeps from working all but what is for the host',
  (family, path, suffering, run) => {
    expect(found(ipForward, { rules, sysctls: { [path]: '0' } })).toEqual([
      { what: `error: ${family} forwarding is off`, for: [suffering], run: [run] },
    ]);
  },
);

test('an interface with its IPv6 address from a router keeps it when forwarding is switched on', () => {
  const links = [link('wan', { kind: 'other' }, '~2001:db8::5')];
  const sysctls = { 'net/ipv6/conf/all/forwarding': '0', 'net/ipv6/conf/wan/accept_ra': '1' };
  expect(found(ipForward, { rules, links, sysctls })[0]?.run).toEqual([
    'sysctl -w net.ipv6.conf.wan.accept_ra=2',
    'sysctl -w net.ipv6.conf.all.forwarding=1',
  ]);
});

test.each([
  ['vmbr0', 'where connections come in'],
  ['lan0', 'where replies come in'],
])('%s, %s, can be switched off by itself', (device) => {
  const sysctls = { [`net/ipv4/conf/${device}/forwarding`]: '0' };
  expect(found(ipForward, { rules, sysctls })).toEqual([
    {
      what: `error: IPv4 forwarding is off for what comes in by ${device}`,
      for: [mail],
      run: [`sysctl -w net.ipv4.conf.${device}.forwarding=1`],
    },
  ]);
});

test('an interface that no mapping uses may be off', () => {
  expect(found(ipForward, { rules, sysctls: { 'net/ipv4/conf/br0/forwarding': '0' } })).toEqual([]);
});

test('a family in which nothing is mapped need not forward', () => {
  const ipv4 = 'dnat: [{ext_ip: 203.0.113.43, int_ip: 10.0.0.101, ports: 25}]\n';
  const sysctls = { 'net/ipv6/conf/all/forwarding': '0' };
  expect(found(ipForward, { rules: ipv4, sysctls })).toEqual([]);
});
