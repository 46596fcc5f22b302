import { describe, expect, test } from 'vitest';
import { shadowed } from '../../../src/doctor/checks/shadowed.ts';
import { found } from '../found.ts';

const rules = `
dnat:
  - {ext_ip: 203.0.113.43, int_ip: 10.0.0.101, ports: 25}
snat:
  - {int_ip: 10.0.0.0/24, ext_if: vmbr0, ext_ip: 203.0.113.44}
docker:
  - {container: web, ports: ["8080:80"]}
`;
const dnat = '3: 203.0.113.43:25/tcp → 10.0.0.101';
const snat = '5: 10.0.0.0/24 on vmbr0 → 203.0.113.44';
const docker = '7: web: *:8080/tcp → 172.18.0.2:80';

/** Puts lines before our jump of a chain, and chains into the table of that jump; IPv4 alone. */
function before(jump: string, lines: readonly string[], chains: readonly string[] = []) {
  return (text: string) => {
    if (text.includes('2001:db8')) return text;
    const [rule, jumpLine] = [lines.map((line) => `${line}\n`).join(''), `${jump}\n`];
    const withRules = text.replace(jumpLine, rule + jumpLine);
    const table = jump.includes('DOCKER-USER') || jump.includes('FORWARD') ? '*filter\n' : '*nat\n';
    return withRules.replace(table, table + chains.map((chain) => `:${chain} -\n`).join(''));
  };
}

const prerouting = '-A PREROUTING -j NATMAP';
const output = '-A OUTPUT -j NATMAP-OUTPUT';
const postrouting = '-A POSTROUTING -j NATMAP-POSTROUTING';
const dockerUser = '-A DOCKER-USER -j NATMAP';
const forward = '-A FORWARD -j DOCKER-USER';

/** What Docker makes for a port that it publishes for another container. */
const dockersJump = '-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER';
const dockersRules = [
  '-A DOCKER -i docker0 -j RETURN',
  '-A DOCKER ! -i docker0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.17.0.9:80',
];

test("Docker's rules that came first when it started are reported, and how to go before them", () => {
  const since = before(prerouting, [...dockersRules, dockersJump], ['DOCKER']);
  expect(found(shadowed, { rules, since })).toEqual([
    {
      what: 'error: an IPv4 rule before the jump to NATMAP in PREROUTING decides on packets of mappings',
      rules: [`-t nat ${dockersRules[1]}`],
      for: [docker],
      run: ['iptables -w -t nat -I PREROUTING -j NATMAP', 'natmap apply --docker docker.json'],
    },
  ]);
});

describe('a rule before our jump that decides on a mapping is reported', () => {
  test.each([
    [forward, '-A FORWARD -j DROP', [dnat, docker]],
    [
      forward,
      '-A FORWARD -i vmbr0 -m conntrack --ctstate NEW -j REJECT --reject-with icmp-host-prohibited',
      [dnat, docker],
    ],
    [dockerUser, '-A DOCKER-USER -d 10.0.0.101/32 -p tcp -m tcp --dport 20:30 -j DROP', [dnat]],
    [
      dockerUser,
      '-A DOCKER-USER -m conntrack --ctorigdstport 8080 --ctdir ORIGINAL -j DROP',
      [docker],
    ],
    [dockerUser, '-A DOCKER-USER -j RETURN', [dnat, docker]],
    [prerouting, '-A PREROUTING -p tcp -j ACCEPT', [dnat, docker]],
    [
      prerouting,
      '-A PREROUTING -d 203.0.113.43/32 -p tcp -m multiport --dports 22,25 -j REDIRECT',
      [dnat],
    ],
    [
      output,
      '-A OUTPUT -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.17.0.9:80',
      [docker],
    ],
    [postrouting, '-A POSTROUTING -s 10.0.0.0/8 ! -o docker0 -j MASQUERADE', [snat]],
  ])('%s: %s', (jump, rule, suffering) => {
    expect(found(shadowed, { rules, since: before(jump, [rule]) })).toEqual([
      expect.objectContaining({ for: suffering }),
    ]);
  });
});

describe('a rule before our jump that does not, or of which it is unknown, is left alone', () => {
  test.each([
    ['drops only some sources', dockerUser, '-A DOCKER-USER -s 192.0.2.0/24 -j DROP'],
    ['drops what a set holds', dockerUser, '-A DOCKER-USER -m set --match-set bad src -j DROP'],
    [
      'drops what is not translated',
      dockerUser,
      '-A DOCKER-USER -i vmbr0 -m conntrack ! --ctstate DNAT -j DROP',
    ],
    ['comes from another interface', forward, '-A FORWARD -i wlan0 -j DROP'],
    ['drops another protocol', forward, '-A FORWARD -p udp -j DROP'],
    ['drops other ports', forward, '-A FORWARD -p tcp -m tcp --dport 4000:5000 -j DROP'],
    ['only counts', dockerUser, '-A DOCKER-USER'],
    ['only marks', prerouting, '-A PREROUTING -j MARK --set-xmark 0x1/0xffffffff'],
    ['accepts what ours would accept', dockerUser, '-A DOCKER-USER -j ACCEPT'],
    [
      'leads to the same place',
      prerouting,
      '-A PREROUTING -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.18.0.2:80',
    ],
    ['is for another address', prerouting, '-A PREROUTING -d 203.0.113.99/32 -j ACCEPT'],
    [
      'is for another source',
      postrouting,
      '-A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE',
    ],
    ['has an unknown match', prerouting, '-A PREROUTING -m socket -j ACCEPT'],
    ['has an unknown target', prerouting, '-A PREROUTING -j STRANGE'],
  ])('it %s', (_, jump, rule) => {
    expect(found(shadowed, { rules, since: before(jump, [rule]) })).toEqual([]);
  });
});

test('a rule of FORWARD is passed by a second jump to DOCKER-USER, and the old one goes', () => {
  const since = before(forward, ['-A FORWARD -i wlan0 -j DROP', '-A FORWARD -j DROP']);
  expect(found(shadowed, { rules, since })[0]?.run).toEqual([
    'iptables -w -t filter -I FORWARD -j DOCKER-USER',
    'iptables -w -D FORWARD 4',
  ]);
});

test('with the jump gone there is nothing to be before', () => {
  const since = (text: string) =>
    before(forward, ['-A FORWARD -j DROP'])(text).replace(`${forward}\n`, '');
  expect(found(shadowed, { rules, since })).toEqual([]);
});
