import { expect, test } from 'vitest';
import { acceptBeforeDrop } from '../../../src/doctor/checks/accept-before-drop.ts';
import { found } from '../found.ts';
import { closedWith } from '../host.ts';

const rules = `
dnat:
  - {ext_ip: 203.0.113.43, int_ip: 10.0.0.101, ports: 25}
docker:
  - {container: web, ports: ["127.0.0.1:8080:80"]}
`;
const mail = '3: 203.0.113.43:25/tcp → 10.0.0.101';

/** The jump in front, as an administrator may put it, or as it was before rules came behind it. */
const since = (text: string) =>
  text
    .replace('-A DOCKER-USER -j NATMAP\n', '')
    .replace('-A DOCKER-USER ', '-A DOCKER-USER -j NATMAP\n$&');

test('drops that come after our accepts are reported, and how to put ours behind the last', () => {
  const before = closedWith([
    '-A DOCKER-USER -s 192.0.2.0/24 -j DROP',
    '-A DOCKER-USER -i lan0 -j RETURN',
    '-A DOCKER-USER -m set --match-set bad src -j DROP',
    '-A DOCKER-USER -j RETURN',
  ]);
  expect(found(acceptBeforeDrop, { rules, before, since })).toEqual([
    {
      what: "warning: in DOCKER-USER (IPv4) natmap's accepts come before rules that refuse packets",
      rules: [
        '-A DOCKER-USER -s 192.0.2.0/24 -j DROP',
        '-A DOCKER-USER -m set --match-set bad src -j DROP',
      ],
      for: [mail],
      run: ['iptables -w -I DOCKER-USER 5 -j NATMAP', 'iptables -w -D DOCKER-USER -j NATMAP'],
    },
  ]);
});

test('a chain of drops and rejects counts as one', () => {
  const before = closedWith([
    ...[':blocks -', ':lists -'],
    ...['-A DOCKER-USER -i vmbr0 -j blocks', '-A blocks -j lists', '-A lists -j REJECT'],
  ]);
  expect(found(acceptBeforeDrop, { rules, before, since })[0]?.rules).toEqual([
    '-A DOCKER-USER -i vmbr0 -j blocks',
  ]);
});

test.each([
  ['what is dropped is nothing of a mapping', '-A DOCKER-USER -p udp -j DROP'],
  ['it is dropped at another inside address', '-A DOCKER-USER -d 10.0.0.102/32 -j DROP'],
  [
    'it is dropped when it was not translated',
    '-A DOCKER-USER -m conntrack ! --ctstate DNAT -j DROP',
  ],
  ['nothing is dropped', '-A DOCKER-USER -s 192.0.2.0/24 -j ACCEPT'],
])('when %s, the order does not matter', (_, rule) => {
  expect(found(acceptBeforeDrop, { rules, before: closedWith([rule]), since })).toEqual([]);
});

test('drops that come before our accepts are where they should be', () => {
  const before = closedWith(['-A DOCKER-USER -s 192.0.2.0/24 -j DROP']);
  expect(found(acceptBeforeDrop, { rules, before })).toEqual([]);
});
