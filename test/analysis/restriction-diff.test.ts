import { describe, expect, test } from 'vitest';
import { diffReachability } from '../../src/analysis/reachability-diff.ts';
import { parseSave } from '../../src/iptables/parse.ts';
import type { Ruleset } from '../../src/iptables/ruleset.ts';
import { changeInWords } from '../../src/report/reachability.ts';

/** The mangle table with these lines below the headers of natmap's chains. */
function mangle(lines: readonly string[]): Ruleset {
  const text = ['*mangle', ':NATMAP - [0:0]', ':NATMAP-R-1 - [0:0]', ...lines, 'COMMIT'];
  const parsed = parseSave(text.map((line) => `${line}\n`).join(''), 'ipv4');
  if (!parsed.ok) throw new Error(parsed.problem);
  return parsed.ruleset;
}

function said(before: readonly string[], after: readonly string[]) {
  const { opened, closed } = diffReachability(mangle(before), mangle(after));
  return [
    ...opened.map((change) => `+ ${changeInWords(change)}`),
    ...closed.map((change) => `- ${changeInWords(change)}`),
  ];
}

const host = '-A NATMAP -p tcp -m tcp --dport 8080 -m addrtype --dst-type LOCAL -j NATMAP-R-1';
const direct =
  '-A NATMAP -d 172.18.0.0/16 -p tcp -m tcp --dport 80 -m addrtype ! --dst-type LOCAL -j NATMAP-R-1';
const office = '-A NATMAP-R-1 -s 198.51.100.0/24 -j RETURN';
const neighbours = '-A NATMAP-R-1 -i br-front -j RETURN';
const drop = '-A NATMAP-R-1 -j DROP';
const words = 'everyone except 198.51.100.0/24 → this host:8080/tcp → what the engine publishes';

describe('a port that the engine publishes itself', () => {
  test('stops being reachable for all but the sources when a restriction comes', () => {
    expect(said([], [host, direct, office, neighbours, drop])).toEqual([`- ${words}`]);
  });

  test('becomes reachable for all others when the restriction goes', () => {
    expect(said([host, office, drop], [])).toEqual([`+ ${words}`]);
  });

  test('has nothing said of it while it stays restricted, whichever sources are let in', () => {
    const other = office.replace('198.51.100.0/24', '192.0.2.0/24');
    expect(said([host, office, drop], [host, other, drop])).toEqual([]);
  });

  test('is not restricted by a chain that drops only some packets', () => {
    expect(said([], [host, office, drop.replace('-j', '-s 192.0.2.0/24 -j')])).toEqual([]);
  });

  test('on one address is reported with that address', () => {
    const one = '-A NATMAP -d 203.0.113.44/32 -p udp -m udp --dport 53 -j NATMAP-R-1';
    expect(said([], [one, drop])).toEqual([
      '- everyone → 203.0.113.44:53/udp → what the engine publishes',
    ]);
  });
});

test('a routed port is reported by the network of its containers', () => {
  expect(said([], [direct, office, drop])).toEqual([
    '- everyone except 198.51.100.0/24 → 172.18.0.0/16:80/tcp → containers there',
  ]);
});
