import { expect, test } from 'vitest';
import { internalNetwork } from '../../../src/doctor/checks/internal-network.ts';
import { dockerSnapshot } from '../../support/docker.ts';
import { found } from '../found.ts';

const rules = 'docker: [{container: web, network: inside, ports: ["8080:80"]}]\n';

function docker(networks: Readonly<Record<string, { ipv4: string }>>): string {
  return dockerSnapshot(
    [{ name: 'web', networks }],
    [
      { name: 'inside', bridge: 'br0', subnets: ['172.18.0.0/16'], internal: true },
      { name: 'outside', bridge: 'br1', subnets: ['172.19.0.0/16'] },
    ],
  );
}

test('a mapped container on internal networks only cannot answer', () => {
  const given = { rules, docker: docker({ inside: { ipv4: '172.18.0.2' } }) };
  expect(found(internalNetwork, given)).toEqual([
    {
      what: 'error: container web is on internal networks only',
      for: ['1: web: *:8080/tcp → 172.18.0.2:80'],
      run: [],
    },
  ]);
});

test.each([
  [
    'it is on another network as well',
    rules,
    docker({ inside: { ipv4: '172.18.0.2' }, outside: { ipv4: '172.19.0.2' } }),
  ],
  [
    'nothing maps it',
    'docker: [{target_ip: 10.0.0.9, ports: [80]}]\n',
    docker({ inside: { ipv4: '172.18.0.2' } }),
  ],
])('when %s, there is no finding', (_, text, snapshot) => {
  expect(found(internalNetwork, { rules: text, docker: snapshot })).toEqual([]);
});
