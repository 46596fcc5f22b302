import { describe, expect, test } from 'vitest';
import { parseSave } from '../../src/iptables/parse.ts';
import type { Ruleset } from '../../src/iptables/ruleset.ts';
import type { Family } from '../../src/net/family.ts';
import { changedReach } from '../../src/reach/reach.ts';
import { reachInWords } from '../../src/reach/words.ts';

/** The filter table with these rules in NATMAP. */
function filterRules(specs: readonly string[], family: Family = 'ipv4'): Ruleset {
  const lines = [
    '*filter',
    ':NATMAP - [0:0]',
    ...specs.map((spec) => `-A NATMAP ${spec}`),
    'COMMIT',
  ];
  const parsed = parseSave(lines.map((line) => `${line}\n`).join(''), family);
  if (!parsed.ok) throw new Error(parsed.problem);
  return parsed.ruleset;
}

function said(before: readonly string[], after: readonly string[], family: Family = 'ipv4') {
  const { opened, closed } = changedReach(filterRules(before, family), filterRules(after, family));
  return [
    ...opened.map((reach) => `+ ${reachInWords(reach)}`),
    ...closed.map((reach) => `- ${reachInWords(reach)}`),
  ];
}

const replies = '-m conntrack --ctstate DNAT --ctdir REPLY -j ACCEPT';
const office =
  '-s 198.51.100.0/24 -d 172.18.0.2/32 -p tcp -m tcp --dport 80 -m conntrack --ctstate DNAT -j ACCEPT';
const refusal =
  '-d 172.18.0.2/32 -p tcp -m tcp --dport 80 -m conntrack --ctstate DNAT --ctorigdstport 8080 --ctdir ORIGINAL -j DROP';
const words =
  'everyone except 198.51.100.0/24 → *:8080/tcp → 172.18.0.2:80 (where the engine publishes it)';

describe('a port that the engine publishes itself', () => {
  test('stops being reachable for all but the sources when a refusal comes', () => {
    expect(said([], [replies, office, refusal])).toEqual([`- ${words}`]);
  });

  test('is not shut to those who are left to the rules of the engine', () => {
    const spared = refusal.replace('-d', '-s 198.51.100.0/24 -d').replace('-j DROP', '-j RETURN');
    expect(said([], [spared, refusal])).toEqual([`- ${words}`]);
  });

  test('is shut to all others where its neighbours are left to the rules of the engine', () => {
    const neighbours =
      '-d 172.18.0.2/32 -i br-front -p tcp -m tcp --dport 80 -m conntrack --ctstate DNAT --ctdir ORIGINAL -j RETURN';
    expect(said([], [office, neighbours, refusal])).toEqual([`- ${words}`]);
  });

  test('becomes reachable for all others when the refusal goes with its mapping', () => {
    expect(said([replies, office, refusal], [replies])).toEqual([`+ ${words}`]);
  });

  test('has nothing said of it while the refusal stays, whoever is let in', () => {
    const other = office.replace('198.51.100.0/24', '192.0.2.0/24');
    expect(said([office, refusal], [other, refusal])).toEqual([]);
  });

  test('is refused to nobody behind an accept of everyone', () => {
    const all = office.replace('-s 198.51.100.0/24 ', '');
    expect(said([], [all, office, refusal])).toEqual([]);
  });

  test('is told with the range that it is, and of IPv6', () => {
    const range =
      '-d 2001:db8::2/128 -p udp -m udp --dport 7000:7009 -m conntrack --ctstate DNAT --ctorigdstport 7000:7009 --ctdir ORIGINAL -j DROP';
    expect(said([], [range], 'ipv6')).toEqual([
      '- everyone → *:7000-7009/udp → [2001:db8::2]:7000-7009 (where the engine publishes it)',
    ]);
  });

  test('is not what a refusal of anything else is about', () => {
    const nobody =
      '-d 192.0.2.1/32 -m conntrack --ctstate DNAT --ctdir ORIGINAL -m comment --comment "natmap:refused" -j DROP';
    expect(said([], [nobody, '-o br-1 -j DROP'])).toEqual([]);
  });
});
