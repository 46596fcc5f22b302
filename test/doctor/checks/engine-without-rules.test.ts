import { expect, test } from 'vitest';
import { engineWithoutRules } from '../../../src/doctor/checks/engine-without-rules.ts';
import { dockerSnapshot } from '../../support/docker.ts';
import { engine } from '../engine.ts';
import { found } from '../found.ts';
import { closedWith } from '../host.ts';

const rules = 'docker: [{container: web, ports: ["127.0.0.1:8080:80"]}]\n';
const facts = engine({ makesRules: false });

test('containers that nothing masquerades have no way out', () => {
  expect(found(engineWithoutRules, { rules, facts })).toEqual([
    {
      what: 'warning: Docker makes no IPv4 rules, and nothing masquerades its containers',
      for: ['1: web: 127.0.0.1:8080/tcp → 172.18.0.2:80'],
      run: ['systemctl restart docker'],
    },
  ]);
});

test.each([
  ['the network', '-A POSTROUTING -s 172.18.0.0/16 ! -o br0 -j MASQUERADE'],
  ['all that leaves', '-A POSTROUTING -o vmbr0 -j SNAT --to-source 203.0.113.43'],
  ['what it is unknown of', '-A POSTROUTING -m mark --mark 0x1 -j MASQUERADE'],
])('with a rule that translates %s there is no finding', (_, rule) => {
  const before = closedWith([], [rule]);
  expect(found(engineWithoutRules, { rules, facts, before })).toEqual([]);
});

test('rules for others are none for them', () => {
  const before = closedWith([], ['-A POSTROUTING -s 172.19.0.0/16 ! -o br1 -j MASQUERADE']);
  expect(found(engineWithoutRules, { rules, facts, before })).toHaveLength(1);
});

test('containers that are to keep their addresses lack none', () => {
  const docker = dockerSnapshot(
    [{ name: 'web', networks: { own: { ipv4: '172.18.0.2' } } }],
    [
      {
        name: 'own',
        bridge: 'br0',
        subnets: ['172.18.0.0/16'],
        options: { enable_ip_masquerade: 'false' },
      },
    ],
  );
  expect(found(engineWithoutRules, { rules, docker, facts })).toEqual([]);
});

test('Docker that makes its rules has them', () => {
  expect(found(engineWithoutRules, { rules, facts: engine({ makesRules: true }) })).toEqual([]);
});
