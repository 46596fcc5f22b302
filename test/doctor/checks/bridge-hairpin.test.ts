import { expect, test } from 'vitest';
import { bridgeHairpin } from '../../../src/doctor/checks/bridge-hairpin.ts';
import { found } from '../found.ts';
import { type Given, link, port } from '../host.ts';

const off = {
  'net/bridge/bridge-nf-call-iptables': '0',
  'net/bridge/bridge-nf-call-ip6tables': '0',
};

const rules = 'docker: [{container: web, ports: ["8080:80"]}]\n';

function withSources(sources: string): string {
  return rules.replace('}]', `, sources: [${sources}]}]`);
}

function ports(...hairpin: readonly boolean[]): Given {
  const netfilter = { ipv4: false, ipv6: false };
  return {
    rules,
    links: [
      link('br0', { kind: 'bridge', netfilter }, '172.18.0.1'),
      ...hairpin.map((each, index) => port(`veth${index}`, 'br0', each)),
    ],
  };
}

test('each port that gives nothing back is reported once, whatever the families', () => {
  expect(found(bridgeHairpin, ports(false, true, false))).toEqual([
    {
      what: 'note: hairpin mode is off on ports of br0',
      for: ['1: web: *:8080/tcp → 172.18.0.2:80', '1: web: *:8080/tcp → [2001:db8:18::2]:80'],
      run: [
        'ip link set dev veth0 type bridge_slave hairpin on',
        'ip link set dev veth2 type bridge_slave hairpin on',
      ],
    },
  ]);
});

test.each([
  ['172.18.0.0/16', 'warning'],
  ['172.16.0.0/12', 'note'],
  ['0.0.0.0/0', 'note'],
])('with %s as sources it is a %s', (sources, severity) => {
  const [finding] = found(bridgeHairpin, { ...ports(false), rules: withSources(sources) });
  expect(finding?.what).toMatch(new RegExp(`^${severity}: `));
});

test.each([
  [
    'the container is none of the sources',
    { ...ports(false), rules: withSources('198.51.100.0/24, 172.18.0.3') },
  ],
  ['all ports give back', ports(true, true)],
  [
    'bridged packets do not pass iptables, so the host routes them',
    { ...ports(false), sysctls: off },
  ],
  [
    'the target is on no bridge',
    { ...ports(false), rules: 'docker: [{target_ip: 10.0.0.9, ports: [80]}]\n' },
  ],
])('when %s, there is no finding', (_, given) => {
  expect(found(bridgeHairpin, given)).toEqual([]);
});
