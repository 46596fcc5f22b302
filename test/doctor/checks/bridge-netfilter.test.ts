import { expect, test } from 'vitest';
import { bridgeNetfilter } from '../../../src/doctor/checks/bridge-netfilter.ts';
import { found } from '../found.ts';
import { type Given, link, port } from '../host.ts';

const v4 = 'net/bridge/bridge-nf-call-iptables';
const v6 = 'net/bridge/bridge-nf-call-ip6tables';

function off(
  rules = 'docker: [{container: web, ports: ["8080:80"]}]\n',
  changes: Given = {},
): Given {
  return { rules, sysctls: { [v4]: '0', [v6]: '0' }, ...changes };
}

test('neighbours need bridged packets to pass iptables, each family by its own switch', () => {
  expect(found(bridgeNetfilter, off())).toEqual([
    {
      what: 'note: bridged IPv4 packets do not pass iptables on br0',
      for: ['1: web: *:8080/tcp → 172.18.0.2:80'],
      run: ['ip link set dev br0 type bridge nf_call_iptables 1'],
    },
    {
      what: 'note: bridged IPv6 packets do not pass iptables on br0',
      for: ['1: web: *:8080/tcp → [2001:db8:18::2]:80'],
      run: ['ip link set dev br0 type bridge nf_call_ip6tables 1'],
    },
  ]);
});

function from(sources: string): Given {
  return off(`docker: [{container: web, ports: ["8080:80"], sources: [${sources}]}]\n`);
}

test.each([
  ['172.18.0.0/16', 'warning'],
  ['198.51.100.0/24, 172.18.0.3', 'warning'],
  ['172.16.0.0/12', 'note'],
])('with %s as sources it is a %s', (sources, severity) => {
  const [finding] = found(bridgeNetfilter, from(sources));
  expect(finding?.what).toMatch(new RegExp(`^${severity}: `));
});

test('where the module is not loaded, it is loaded first', () => {
  const given = off(undefined, { sysctls: { [v4]: null, [v6]: null } });
  expect(found(bridgeNetfilter, given)[0]?.run).toEqual([
    'modprobe br_netfilter',
    'ip link set dev br0 type bridge nf_call_iptables 1',
  ]);
});

const bridgeAlone = (filtered: boolean, ports: number) => [
  link('br0', { kind: 'bridge', netfilter: { ipv4: filtered, ipv6: filtered } }, '172.18.0.1'),
  ...['veth1', 'veth2'].slice(0, ports).map((name) => port(name, 'br0')),
];

test.each([
  ['nobody on the bridge is one of the sources', from('198.51.100.0/24')],
  ['all bridges pass iptables', off(undefined, { sysctls: {} })],
  ['this bridge does', off(undefined, { links: bridgeAlone(true, 2) })],
  ['the container has no neighbour', off(undefined, { links: bridgeAlone(false, 1) })],
  [
    'the mapping is for the host only',
    off('docker: [{container: web, ports: ["127.0.0.1:8080:80"]}]\n'),
  ],
  ["Docker's proxy serves the neighbours", off('publish: [{from: published}]\n')],
  ['the target is on no bridge', off('docker: [{target_ip: 10.0.0.9, ports: [80]}]\n')],
  [
    'a hairpin entry masquerades',
    off(
      'hairpin: [{ext_ip: 203.0.113.43, int_ip: 172.18.0.2, ports: 25, lan_cidr: 172.18.0.0/16}]\n',
    ),
  ],
])('when %s, there is no finding', (_, given) => {
  expect(found(bridgeNetfilter, given)).toEqual([]);
});
