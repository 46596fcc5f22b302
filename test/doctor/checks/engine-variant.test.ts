import { expect, test } from 'vitest';
import { engineVariant } from '../../../src/doctor/checks/engine-variant.ts';
import { found } from '../found.ts';
import { closedWith, ruleset, value } from '../host.ts';

const dockers = closedWith([':DOCKER-FORWARD -', '-A FORWARD -j DOCKER-FORWARD']);
const rules = 'docker: [{container: web, ports: ["8080:80"]}]\n';

test("with Docker's chains in the other variant only, natmap goes there and leaves this one", () => {
  expect(found(engineVariant, { rules, other: dockers })[0]).toEqual({
    what: "error: Docker's IPv4 rules are in iptables-legacy, and natmap uses iptables-nft",
    for: ['1: web: *:8080/tcp → 172.18.0.2:80'],
    run: ['natmap apply --docker docker.json --backend legacy', 'natmap flush --backend nft'],
  });
});

test('a host on which natmap was not applied yet has nothing to leave', () => {
  const bare = ruleset(closedWith([]), 'ipv4');
  const facts = { rules: { ipv4: value(bare), ipv6: { kind: 'unasked' } } } as const;
  expect(found(engineVariant, { rules, other: dockers, facts })[0]?.run).toEqual([
    'natmap apply --docker docker.json --backend legacy',
  ]);
});

test.each([
  ['Docker is in this variant', { before: dockers }],
  ['Docker is in both', { before: dockers, other: dockers }],
  ['the other holds DOCKER-USER alone, which natmap makes too', { other: closedWith([]) }],
])('when %s, there is no finding', (_, given) => {
  expect(found(engineVariant, { rules, ...given })).toEqual([]);
});
