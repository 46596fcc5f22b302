import { expect, test } from 'vitest';
import { addressOfAnother } from '../../../src/doctor/checks/address-of-another.ts';
import { dockerInspect } from '../../support/docker.ts';
import { now } from '../engine.ts';
import { found } from '../found.ts';

const rules = 'docker: [{container: web, ports: ["127.0.0.1:8080:80"]}]\n';
const web = { name: 'web', id: 'new', networks: { frontend: { ipv4: '172.18.0.3' } } };
const newOwner = { name: 'db', id: 'db', networks: { frontend: { ipv4: '172.18.0.2' } } };

test('an address that another container has got since is an error', () => {
  expect(found(addressOfAnother, { rules, facts: now(dockerInspect(web, newOwner)) })).toEqual([
    {
      what: 'error: 172.18.0.2, the address of container web, belongs to db now',
      for: ['1: web: 127.0.0.1:8080/tcp → 172.18.0.2:80'],
      run: ['natmap snapshot -o docker.json', 'natmap apply --docker docker.json'],
    },
  ]);
});

test.each([
  [
    'it is the container still, under another name',
    dockerInspect({ ...newOwner, name: 'old-web', id: 'web-id' }),
  ],
  ['who has it is not running', dockerInspect(web, { ...newOwner, running: false })],
])('when %s, there is no finding', (_, docker) => {
  expect(found(addressOfAnother, { rules, facts: now(docker) })).toEqual([]);
});
