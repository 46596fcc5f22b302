import { expect, test } from 'vitest';
import { savedRules } from '../../../src/doctor/checks/saved-rules.ts';
import { found } from '../found.ts';
import { closedWith, ruleset, value } from '../host.ts';

function saved(...lines: readonly string[]) {
  const rules = ruleset(closedWith(lines), 'ipv4');
  return { facts: { savedRules: value([{ path: '/etc/iptables/rules.v4', rules }]) } };
}

test.each([
  ["Docker's", [':DOCKER -', '-A DOCKER -j RETURN']],
  ["natmap's", [':NATMAP -', '-A DOCKER-USER -j NATMAP']],
  ["natmap's", ['-A FORWARD -m comment --comment "natmap:dnat:1.2.3.4:25" -j ACCEPT']],
  ["Docker's and natmap's", [':DOCKER-CT -', ':NATMAP -']],
])('%s chains in a file that is loaded at boot are reported', (whose, lines) => {
  expect(found(savedRules, saved(...lines))).toEqual([
    {
      what: `warning: /etc/iptables/rules.v4 holds ${whose} chains, and is loaded at boot`,
      for: [],
      run: [
        [
          `sed -i -E -e '/(^:|-A |-[jg] )NATMAP([ -]|$)|--comment "?natmap:/d'`,
          "-e '/(^:|-A |-[jg] )DOCKER-USER( |$)/b'",
          "-e '/(^:|-A |-[jg] )DOCKER([ -]|$)/d' /etc/iptables/rules.v4",
        ].join(' '),
      ],
    },
  ]);
});

test("the administrator's own rules in DOCKER-USER are his to save", () => {
  expect(found(savedRules, saved('-A DOCKER-USER -s 192.0.2.0/24 -j DROP'))).toEqual([]);
});

test('no file is no finding', () => {
  expect(found(savedRules, {})).toEqual([]);
});
