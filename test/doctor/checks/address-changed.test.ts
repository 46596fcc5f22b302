import { expect, test } from 'vitest';
import { addressChanged } from '../../../src/doctor/checks/address-changed.ts';
import { dockerInspect } from '../../support/docker.ts';
import { now } from '../engine.ts';
import { found } from '../found.ts';

const rules = 'docker: [{container: web, ports: ["127.0.0.1:8080:80", "81:80"]}]\n';
const frontend = (ipv4: string) => ({ frontend: { ipv4, ipv6: '2001:db8:18::2' } });
const db = { name: 'db', id: 'db', networks: { frontend: { ipv4: '172.18.0.3' } } };
const follow = ['natmap snapshot -o docker.json', 'natmap apply --docker docker.json'];

test.each([
  [
    'container web has 172.18.0.7 now, and not 172.18.0.2',
    dockerInspect(db, { name: 'web', id: 'new', networks: frontend('172.18.0.7') }),
  ],
  [
    'container web is not running, and has no address',
    dockerInspect(db, { name: 'web', running: false, networks: frontend('') }),
  ],
])('%s', (message, docker) => {
  expect(found(addressChanged, { rules, facts: now(docker) })[0]).toEqual({
    what: `error: ${message}`,
    for: ['1: web: 127.0.0.1:8080/tcp → 172.18.0.2:80', '1: web: *:81/tcp → 172.18.0.2:80'],
    run: follow,
  });
});

test('a container that is gone is reported in each family', () => {
  expect(
    found(addressChanged, { rules, facts: now(dockerInspect(db)) }).map(({ what }) => what),
  ).toEqual([
    'error: container web is gone, and its address 172.18.0.2 with it',
    'error: container web is gone, and its address 2001:db8:18::2 with it',
  ]);
});

const same = (name: string, id?: string) =>
  dockerInspect({ name, networks: frontend('172.18.0.2'), ...(id === undefined ? {} : { id }) });

test.each([
  ['has its address still', same('web')],
  ['was re-created and got it again', same('web', 'new')],
])('when the container %s, there is no finding', (_, docker) => {
  expect(found(addressChanged, { rules, facts: now(docker) })).toEqual([]);
});

test('when the containers were not asked for, there is no finding', () => {
  expect(found(addressChanged, { rules })).toEqual([]);
});

test("a service that is no container is nobody's to move", () => {
  const printer = 'docker: [{target_ip: 10.0.0.9, ports: [80]}]\n';
  expect(found(addressChanged, { rules: printer, facts: now(dockerInspect(db)) })).toEqual([]);
});
