import { expect, test } from 'vitest';
import { engineNftables } from '../../../src/doctor/checks/engine-nftables.ts';
import { engine } from '../engine.ts';
import { found } from '../found.ts';

const rules = 'docker: [{container: web, ports: ["127.0.0.1:8080:80"]}]\n';

test('Docker on its nftables backend refuses what mappings let in', () => {
  expect(found(engineNftables, { rules, facts: engine({ firewall: 'nftables' }) })).toEqual([
    {
      what: 'error: Docker makes its rules with nftables',
      for: ['1: web: 127.0.0.1:8080/tcp → 172.18.0.2:80'],
      run: ['systemctl restart docker'],
    },
  ]);
});

test.each([
  ['makes them with iptables', engine({ firewall: 'iptables' })],
  ['does not tell', engine({ firewall: null })],
  ['is podman, whose rules accept', engine({ kind: 'podman', firewall: 'nftables' })],
])('when the engine %s, there is no finding', (_, facts) => {
  expect(found(engineNftables, { rules, facts })).toEqual([]);
});
