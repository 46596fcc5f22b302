import { expect, test } from 'vitest';
import { engineLoopback } from '../../../src/doctor/checks/engine-loopback.ts';
import { dockerInspect } from '../../support/docker.ts';
import { engine } from '../engine.ts';
import { found } from '../found.ts';
import { closed, closedWith, type Given } from '../host.ts';

const rules = 'docker: [{container: web, ports: ["127.0.0.1:8080:80"]}]\n';
const facts = engine({ version: '27.5.1' });
const open = closed.replace('FORWARD DROP', 'FORWARD ACCEPT');
/** What Docker makes for a port that it publishes on any address, loopback included. */
const published = closedWith([
  ...[':DOCKER -', '-A FORWARD -o br0 -j DOCKER'],
  '-A DOCKER -d 172.18.0.2/32 ! -i br0 -o br0 -p tcp -m tcp --dport 80 -j ACCEPT',
]);

test.each([
  ['FORWARD is open', open],
  ['Docker publishes the port itself', published],
])('before Docker 28 a neighbour reaches what is for the host only, when %s', (_, before) => {
  expect(found(engineLoopback, { rules, facts, before })).toEqual([
    {
      what: 'warning: port 80/tcp of web is mapped for this host only, and Docker 27.5.1 lets neighbours of the host reach it',
      for: ['1: web: 127.0.0.1:8080/tcp → 172.18.0.2:80'],
      run: [
        "iptables -w -I DOCKER-USER '!' -i br0 -d 172.18.0.2 -p tcp --dport 80 -m conntrack '!' --ctstate DNAT -j DROP",
      ],
    },
  ]);
});

/** A container that Docker publishes itself, and rules that have nothing to do with it. */
function publishedOn(...addresses: readonly string[]): Given {
  const docker = dockerInspect({
    name: 'db',
    networks: { frontend: { ipv4: '172.18.0.2' } },
    published: { '80/tcp': addresses },
  });
  const elsewhere = 'dnat: [{ext_ip: 203.0.113.43, int_ip: 10.0.0.101, ports: 25}]\n';
  return { docker, rules: elsewhere, before: published, facts };
}

const mappedForSome = 'docker: [{container: db, ports: ["9000:80"], sources: 198.51.100.0/24}]\n';

test.each([
  ['reached, too', publishedOn('127.0.0.1:8080')],
  ['reported once, however often it is published', publishedOn('127.0.0.1:8080', '127.0.0.1:8081')],
  [
    'reached by more than a mapping lets in',
    { ...publishedOn('127.0.0.1:8080'), rules: mappedForSome },
  ],
])('what Docker itself publishes for the host only is %s', (_, given) => {
  expect(found(engineLoopback, given)).toEqual([
    {
      what: 'warning: port 80/tcp of db is published for this host only, and Docker 27.5.1 lets neighbours of the host reach it',
      for: [],
      run: [
        "iptables -w -I DOCKER-USER '!' -i br0 -d 172.18.0.2 -p tcp --dport 80 -m conntrack '!' --ctstate DNAT -j DROP",
      ],
    },
  ]);
});

const refused = closedWith([
  '-A DOCKER-USER -d 172.18.0.2/32 ! -i br0 -p tcp -m tcp --dport 80 -m conntrack ! --ctstate DNAT -j DROP',
]).replace('FORWARD DROP', 'FORWARD ACCEPT');

test.each([
  ['Docker 28 closes that', { rules, before: open, facts: engine({ version: '28.0.0-rc.1' }) }],
  [
    'the engine is podman',
    { rules, before: open, facts: engine({ kind: 'podman', version: '4.3.1' }) },
  ],
  ['Docker publishes the port for everybody as well', publishedOn('127.0.0.1:80', '0.0.0.0:81')],
  [
    'a mapping is for everybody as well',
    { ...publishedOn('127.0.0.1:80'), rules: 'docker: [{container: db, ports: ["8080:80"]}]\n' },
  ],
  [
    'Docker publishes it there, and FORWARD is closed',
    { ...publishedOn('127.0.0.1:80'), before: closed },
  ],
  ['FORWARD is closed', { rules, before: closed, facts }],
  ['a rule refuses it', { rules, before: refused, facts }],
  ['the mapping is for everybody', { rules: rules.replace('127.0.0.1:', ''), before: open, facts }],
])('when %s, there is no finding', (_, given) => {
  expect(found(engineLoopback, given)).toEqual([]);
});
