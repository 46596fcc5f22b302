import { describe, expect, test } from 'vitest';
import { diffReachability, type ReachabilityChange } from '../../src/analysis/reachability-diff.ts';
import type { Family } from '../../src/net/family.ts';
import { changeInWords } from '../../src/report/reachability.ts';
import { natRules, natTable } from './rulesets.ts';

/** What the change says, `+` for opened and `-` for closed. */
function said(before: readonly string[], after: readonly string[], family: Family = 'ipv4') {
  return inWords(diffReachability(natRules(before, family), natRules(after, family)));
}

function inWords({
  opened,
  closed,
}: {
  opened: readonly ReachabilityChange[];
  closed: readonly ReachabilityChange[];
}) {
  return [
    ...opened.map((change) => `+ ${changeInWords(change)}`),
    ...closed.map((change) => `- ${changeInWords(change)}`),
  ];
}

const mail =
  'NATMAP -d 203.0.113.43/32 -p tcp -m tcp --dport 25 -j DNAT --to-destination 10.0.0.101:25';
const office = mail.replace('-d', '-s 198.51.100.0/24 -d');

describe('a rule that comes opens what it claims', () => {
  test.each<[rule: string, words: string]>([
    [mail, 'everyone → 203.0.113.43:25/tcp → 10.0.0.101:25'],
    [office, '198.51.100.0/24 → 203.0.113.43:25/tcp → 10.0.0.101:25'],
    [
      'NATMAP -i vmbr+ -p udp -m udp --dport 53 -j DNAT --to-destination 10.0.0.103',
      'everyone via vmbr+ → *:53/udp → 10.0.0.103:53',
    ],
    [
      'NATMAP -p tcp -m addrtype --dst-type LOCAL -m tcp --dport 8080 -m comment --comment "natmap:docker:web:8080/tcp" -j DNAT --to-destination 172.18.0.2:80',
      'everyone → this host:8080/tcp → 172.18.0.2:80',
    ],
    [
      'NATMAP -d 203.0.113.44/32 -p tcp -m tcp --dport 40000:40099 -j DNAT --to-destination 10.0.0.102:50000-50099/40000',
      'everyone → 203.0.113.44:40000-40099/tcp → 10.0.0.102:50000-50099',
    ],
    [
      'NATMAP -d 203.0.113.44/32 -p tcp -m tcp --dport 40000:40099 -j DNAT --to-destination 10.0.0.102',
      'everyone → 203.0.113.44:40000-40099/tcp → 10.0.0.102:40000-40099',
    ],
    [
      'NATMAP -d 203.0.113.44/32 -p tcp -m tcp --dport 80:90 -j DNAT --to-destination 10.0.0.102:8080',
      'everyone → 203.0.113.44:80-90/tcp → 10.0.0.102:8080',
    ],
    [
      'NATMAP-OUTPUT -d 127.0.0.1/32 -p tcp -m tcp --dport 9090 -j DNAT --to-destination 172.18.0.2',
      'this host → 127.0.0.1:9090/tcp → 172.18.0.2:9090',
    ],
    [
      'NATMAP -d 203.0.113.43/32 -p tcp -m tcp --sport 1024:65535 --dport 25 -j DNAT --to-destination 10.0.0.101',
      'everyone → 203.0.113.43:25/tcp → 10.0.0.101:25 (under further conditions)',
    ],
  ])('%s', (rule, words) => {
    expect(said([], [rule])).toEqual([`+ ${words}`]);
    expect(said([rule], [])).toEqual([`- ${words}`]);
    expect(said([rule], [rule])).toEqual([]);
  });

  test('also of IPv6', () => {
    const rule =
      'NATMAP -d 2001:db8::43/128 -p tcp -m tcp --dport 25 -j DNAT --to-destination [fd00::101]:2525';
    expect(said([], [rule], 'ipv6')).toEqual([
      '+ everyone → [2001:db8::43]:25/tcp → [fd00::101]:2525',
    ]);
  });

  test('port by port where it has several', () => {
    const rule = (ports: string) =>
      `NATMAP -d 203.0.113.43/32 -p tcp -m multiport --dports ${ports} -j DNAT --to-destination 10.0.0.101`;
    expect(said([rule('25,465')], [rule('25,587,8000:8002')])).toEqual([
      '+ everyone → 203.0.113.43:587/tcp → 10.0.0.101:587',
      '+ everyone → 203.0.113.43:8000-8002/tcp → 10.0.0.101:8000-8002',
      '- everyone → 203.0.113.43:465/tcp → 10.0.0.101:465',
    ]);
  });

  test('once, where this host and others can do the same', () => {
    const local = mail.replace('NATMAP', 'NATMAP-OUTPUT');
    expect(said([], [mail, local])).toHaveLength(1);
  });
});

describe('only what changes is said', () => {
  test('when a range grows', () => {
    const range = (last: number) =>
      `NATMAP -d 203.0.113.44/32 -p tcp -m tcp --dport 8000:${last} -j DNAT --to-destination 10.0.0.102`;
    expect(said([range(8010)], [range(8020)])).toEqual([
      '+ everyone → 203.0.113.44:8011-8020/tcp → 10.0.0.102:8011-8020',
    ]);
  });

  test('when sources are named', () => {
    expect(said([mail], [office])).toEqual([
      '- everyone except 198.51.100.0/24 → 203.0.113.43:25/tcp → 10.0.0.101:25',
    ]);
  });

  test('when sources are named no more', () => {
    expect(said([office], [mail])).toEqual([
      '+ everyone except 198.51.100.0/24 → 203.0.113.43:25/tcp → 10.0.0.101:25',
    ]);
  });

  test('when an interface is named', () => {
    expect(said([mail], [mail.replace('-p', '-i vmbr0 -p')])).toEqual([
      '- everyone except via vmbr0 → 203.0.113.43:25/tcp → 10.0.0.101:25',
    ]);
  });

  test('when it leads elsewhere', () => {
    expect(said([mail], [mail.replace('10.0.0.101', '10.0.0.102')])).toEqual([
      '+ everyone → 203.0.113.43:25/tcp → 10.0.0.102:25',
      '- everyone → 203.0.113.43:25/tcp → 10.0.0.101:25',
    ]);
  });

  test('when one rule says what two did', () => {
    const both = mail
      .replace('-m tcp --dport 25', '-m multiport --dports 25,465')
      .replace(':25', '');
    const second = mail.replaceAll('25', '465');
    expect(said([mail, second], [both])).toEqual([]);
  });

  test('when a rule goes that another one stood behind', () => {
    const other = mail.replace('10.0.0.101', '10.0.0.102');
    expect(said([office, other], [other])).toEqual([
      '+ 198.51.100.0/24 → 203.0.113.43:25/tcp → 10.0.0.102:25',
      '- 198.51.100.0/24 → 203.0.113.43:25/tcp → 10.0.0.101:25',
    ]);
  });

  test('when a rule comes that never matches', () => {
    expect(said([mail], [mail, office.replace('10.0.0.101', '10.0.0.9')])).toEqual([]);
  });
});

describe('the addresses of this host', () => {
  const local = (destination: string) =>
    `NATMAP-OUTPUT ${destination}-p tcp -m addrtype --dst-type LOCAL -m tcp --dport 25 -j DNAT --to-destination 10.0.0.9`;
  const loopback =
    'NATMAP-OUTPUT -d 127.0.0.1/32 -p tcp -m tcp --dport 25 -j DNAT --to-destination 10.0.0.9';

  test.each<[before: string, after: string[], words: string[]]>([
    [loopback, [local('')], ['+ this host except to 127.0.0.1 → this host:25/tcp → 10.0.0.9:25']],
    [local(''), [local(''), loopback], []],
    [
      local('! -d 127.0.0.0/8 '),
      [local('! -d 127.0.0.0/8 '), loopback],
      ['+ this host → 127.0.0.1:25/tcp → 10.0.0.9:25'],
    ],
  ])('%s to %j', (before, after, words) => {
    expect(said([before], after)).toEqual(words);
  });
});

describe('rules count where a connection meets them', () => {
  test('nothing is reachable through a chain that nothing leads to', () => {
    const change = diffReachability(natTable([mail]), natRules([mail]));
    expect(inWords(change)).toEqual(['+ everyone → 203.0.113.43:25/tcp → 10.0.0.101:25']);
  });

  test('what the daemon left in PREROUTING and moves to our chain stays reachable', () => {
    const daemon = mail
      .replace('NATMAP', 'PREROUTING')
      .replace('-j', '-m comment --comment "natmap:mail" -j');
    expect(inWords(diffReachability(natTable([daemon]), natRules([mail])))).toEqual([]);
  });

  test("other people's rules say nothing", () => {
    const docker = mail.replace('NATMAP', 'PREROUTING');
    expect(inWords(diffReachability(natTable([docker]), natRules([])))).toEqual([]);
  });

  test('a chain owned by natmap that another one leads to counts in its place', () => {
    const more = mail.replace('NATMAP', 'NATMAP-MORE');
    expect(said([], ['NATMAP -j NATMAP-MORE', more])).toEqual(said([], [mail]));
    expect(said([], ['NATMAP -i eth0 -j NATMAP-MORE', more])).toEqual([
      '+ everyone via eth0 → 203.0.113.43:25/tcp → 10.0.0.101:25',
    ]);
  });

  test('RETURN takes connections out', () => {
    const own = 'NATMAP -s 10.0.0.0/8 -j RETURN';
    expect(said([mail], [own, mail])).toEqual([
      '- 10.0.0.0/8 → 203.0.113.43:25/tcp → 10.0.0.101:25',
    ]);
  });
});

test('a rule that cannot be read is reported as it is', () => {
  const rule = 'NATMAP -m set --match-set office src -j DNAT --to-destination 10.0.0.1';
  expect(diffReachability(natRules([rule]), natRules([]))).toEqual({
    opened: [],
    closed: [],
    unclear: [`-A ${rule}`],
  });
  expect(diffReachability(natRules([rule]), natRules([rule])).unclear).toEqual([]);
});
