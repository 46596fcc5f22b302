import { describe, expect, test } from 'vitest';
import { anyTraffic } from '../../src/doctor/journeys.ts';
import { isRefused, walk } from '../../src/doctor/walk.ts';
import { findTable } from '../../src/iptables/ruleset.ts';
import { ruleset } from './host.ts';

/** The fate of TCP packets that come in by eth0, in words. */
function fate(lines: readonly string[], until: string | null = null): string {
  const text = `*filter\n:FORWARD DROP\n:a -\n:b -\n:ours -\n${lines.join('\n')}\nCOMMIT\n`;
  const table = findTable(ruleset(text, 'ipv4'), 'filter');
  if (table === undefined) throw new Error('there is no filter table');
  const end = walk(table, 'FORWARD', { ...anyTraffic, in: 'eth0', protocol: 'tcp' }, until);
  switch (end.kind) {
    case 'ends':
      return end.rule;
    case 'policy':
      return `policy ${end.target}${end.by === null ? '' : ` by ${end.by}`}`;
    default:
      return end.kind;
  }
}

describe('packets end where all of them fit', () => {
  test.each([
    ['the policy, when no rule does', ['-A FORWARD -i eth1 -j ACCEPT'], 'policy DROP'],
    [
      'the first rule',
      ['-A FORWARD -i eth0 -j DROP', '-A FORWARD -j ACCEPT'],
      '-A FORWARD -i eth0 -j DROP',
    ],
    ['a rule of a chain', ['-A FORWARD -j a', '-A a -p tcp -j REJECT'], '-A a -p tcp -j REJECT'],
    [
      'a rule behind a chain',
      ['-A FORWARD -j a', '-A FORWARD -j ACCEPT', '-A a -p udp -j DROP'],
      '-A FORWARD -j ACCEPT',
    ],
    [
      'a rule behind what marks and logs',
      ['-A FORWARD -j LOG', '-A FORWARD', '-A FORWARD -j ACCEPT'],
      '-A FORWARD -j ACCEPT',
    ],
    [
      'the policy, by a return',
      ['-A FORWARD -j RETURN', '-A FORWARD -j ACCEPT'],
      'policy DROP by -A FORWARD -j RETURN',
    ],
    [
      'a rule behind a return from a chain',
      ['-A FORWARD -j a', '-A FORWARD -j ACCEPT', '-A a -j RETURN', '-A a -j DROP'],
      '-A FORWARD -j ACCEPT',
    ],
    [
      'the policy, by a goto that comes back to nobody',
      ['-A FORWARD -g a', '-A FORWARD -j ACCEPT'],
      'policy DROP',
    ],
    [
      'a refusal, when some were refused before',
      ['-A FORWARD -s 10.0.0.0/8 -j DROP', '-A FORWARD -j DROP'],
      '-A FORWARD -j DROP',
    ],
  ])('at %s', (_, lines, end) => {
    expect(fate(lines)).toBe(end);
  });
});

describe('it cannot be told where they end', () => {
  test.each([
    ['when some are accepted', ['-A FORWARD -s 10.0.0.0/8 -j ACCEPT', '-A FORWARD -j DROP']],
    ['when some go to a chain that accepts', ['-A FORWARD -s 10.0.0.0/8 -j a', '-A a -j ACCEPT']],
    [
      'when some leave a chain that refuses',
      ['-A FORWARD -j a', '-A a -s 10.0.0.0/8 -j RETURN', '-A a -j DROP'],
    ],
    ['when some go on by a goto', ['-A FORWARD -s 10.0.0.0/8 -g a', '-A FORWARD -j DROP']],
    ['at a target that is not known', ['-A FORWARD -j STRANGE']],
    ['in a circle, which only a file can hold', ['-A FORWARD -j a', '-A a -j b', '-A b -j a']],
  ])('%s', (_, lines) => {
    expect(fate(lines)).toBe('unclear');
  });
});

test.each([
  [['-A FORWARD -j ours'], 'reaches'],
  [['-A FORWARD -j a', '-A a -j ours'], 'reaches'],
  [['-A FORWARD -i eth0 -j DROP', '-A FORWARD -j ours'], '-A FORWARD -i eth0 -j DROP'],
  [['-A FORWARD -s 10.0.0.0/8 -j DROP', '-A FORWARD -j ours'], 'reaches'],
  [['-A FORWARD -s 10.0.0.0/8 -j ours'], 'unclear'],
])('on the way to a chain, %j: %s', (lines, end) => {
  expect(fate(lines, 'ours')).toBe(end);
});

test('only DROP and REJECT refuse, be it a rule or the policy', () => {
  const refused = (target: string) => [
    isRefused({ kind: 'policy', target, by: null }),
    isRefused({ kind: 'ends', target, rule: '', options: [] }),
  ];
  expect(refused('DROP')).toEqual([true, true]);
  expect(refused('REJECT')).toEqual([true, true]);
  expect(refused('ACCEPT')).toEqual([false, false]);
  expect([isRefused({ kind: 'unclear' }), isRefused({ kind: 'reaches' })]).toEqual([false, false]);
});
