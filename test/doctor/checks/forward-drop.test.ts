import { describe, expect, test } from 'vitest';
import { forwardDrop } from '../../../src/doctor/checks/forward-drop.ts';
import { found } from '../found.ts';
import { closed, closedWith } from '../host.ts';

const rules = `
snat:
  - {int_ip: 10.0.0.0/24, ext_if: vmbr0, ext_ip: 203.0.113.44}
`;
const lan = '3: 10.0.0.0/24 on vmbr0 → 203.0.113.44';
const accepts = ['-A FORWARD -s 10.0.0.0/24 -o vmbr0 -j ACCEPT'];
const replies = ['-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT'];

test('an snat entry that the policy of FORWARD refuses gets an accept for each direction', () => {
  expect(found(forwardDrop, { rules })).toEqual([
    {
      what: 'error: FORWARD (IPv4) refuses what an snat entry translates',
      rules: ['-P FORWARD DROP'],
      for: [lan],
      run: [
        'iptables -w -I DOCKER-USER -s 10.0.0.0/24 -o vmbr0 -j ACCEPT',
        'iptables -w -I DOCKER-USER -d 10.0.0.0/24 -i vmbr0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
      ],
    },
  ]);
});

test('a later reject counts as much as the policy', () => {
  const reject = '-A FORWARD -j REJECT --reject-with icmp-host-prohibited';
  const before = closedWith([reject]).replace('FORWARD DROP', 'FORWARD ACCEPT');
  expect(found(forwardDrop, { rules, before })[0]?.rules).toEqual([reject]);
});

test('where only the replies are refused, only they get an accept', () => {
  expect(found(forwardDrop, { rules, before: closedWith(accepts) })).toEqual([
    expect.objectContaining({
      what: 'error: FORWARD (IPv4) refuses the replies to what an snat entry translates',
      run: [expect.stringContaining('RELATED,ESTABLISHED')],
    }),
  ]);
});

test('where packets do not come to DOCKER-USER, the accept goes into FORWARD', () => {
  const since = (text: string) =>
    text.replace('-A FORWARD -j DOCKER-USER', '-A FORWARD -i lan0 -j DROP\n$&');
  expect(found(forwardDrop, { rules, before: closedWith(replies), since })[0]?.run).toEqual([
    'iptables -w -I FORWARD -s 10.0.0.0/24 -o vmbr0 -j ACCEPT',
  ]);
});

describe('an snat entry is let out', () => {
  test.each([
    ['by rules of its own', [...accepts, ...replies]],
    ['by the interface', ['-A FORWARD -i lan0 -o vmbr0 -j ACCEPT', ...replies]],
    [
      'by a rule for the old match of states',
      [...accepts, '-A FORWARD -m state --state RELATED,ESTABLISHED -j ACCEPT'],
    ],
    [
      'by a chain',
      [
        ':out -',
        '-A FORWARD -g out',
        '-A out -s 10.0.0.0/8 -j ACCEPT',
        '-A out -d 10.0.0.0/8 -j ACCEPT',
      ],
    ],
    [
      'for some ports, as somebody wanted it',
      ['-A FORWARD -o vmbr0 -p tcp -m tcp --dport 443 -j ACCEPT', ...replies],
    ],
    [
      'by a set, of which nothing is known here',
      ['-A FORWARD -m set --match-set good src -j ACCEPT', ...replies],
    ],
  ])('%s', (_, lines) => {
    expect(found(forwardDrop, { rules, before: closedWith(lines) })).toEqual([]);
  });

  test('by the policy', () => {
    const before = closed.replace('FORWARD DROP', 'FORWARD ACCEPT');
    expect(found(forwardDrop, { rules, before })).toEqual([]);
  });
});

test('rules for ping, another source or another interface are no way out', () => {
  const lines = [
    '-A FORWARD -p icmp -j ACCEPT',
    '-A FORWARD -s 10.0.9.0/24 -o vmbr0 -j ACCEPT',
    '-A FORWARD -i br0 ! -o br0 -j ACCEPT',
  ];
  expect(found(forwardDrop, { rules, before: closedWith([...lines, ...replies]) })).toHaveLength(1);
});

describe('mappings, which natmap accepts itself,', () => {
  const mapping = 'dnat: [{ext_ip: 203.0.113.43, int_ip: 10.0.0.101, ports: 25}]\n';

  test('have no finding', () => {
    expect(found(forwardDrop, { rules: mapping })).toEqual([]);
  });

  const nothing =
    '*nat\n-A NATMAP -p {{ proto }} {{ ext_match }} -j DNAT --to-destination {{ to }}\n';

  test("are reported where a template of the user's own accepts nothing", () => {
    expect(found(forwardDrop, { rules: mapping, templates: { 'dnat.njk': nothing } })).toEqual([
      {
        what: 'error: FORWARD (IPv4) refuses what mappings let in, and no rule of theirs accepts it',
        rules: ['-P FORWARD DROP'],
        for: ['1: 203.0.113.43:25/tcp → 10.0.0.101'],
        run: [],
      },
    ]);
  });

  test('are not where somebody else accepts what such a template translates', () => {
    const before = closedWith(['-A FORWARD -m conntrack --ctstate DNAT -j ACCEPT']);
    const templates = { 'dnat.njk': nothing };
    expect(found(forwardDrop, { rules: mapping, templates, before })).toEqual([]);
  });
});
