import { describe, expect, test } from 'vitest';
import { type ChainEnd, chainEnd, isRefused } from '../../src/doctor/chain-end.ts';
import { anyPackets, packetsOf } from '../../src/doctor/packets.ts';
import { ReadTables, readRuleLine } from '../../src/netfilter/tables.ts';
import { ruleset } from './host.ts';

/** Where TCP packets end that come in by eth0, in words. */
function end(lines: readonly string[], until?: string): string {
  const text = `*filter\n:FORWARD DROP\n:a -\n:b -\n:ours -\n${lines.join('\n')}\nCOMMIT\n`;
  const tables = new ReadTables(ruleset(text, 'ipv4'), null);
  const packets = packetsOf({ ...anyPackets, in: 'eth0', protocol: 'tcp' }, null);
  const way = { table: 'filter', from: 'FORWARD', ...(until === undefined ? {} : { until }) };
  return inWords(chainEnd(tables, way, packets));
}

function inWords(found: ChainEnd): string {
  switch (found.kind) {
    case 'rule':
      return readRuleLine(found.rule);
    case 'policy':
      return `policy ${found.disposition}${found.by === null ? '' : ` by ${readRuleLine(found.by)}`}`;
    default:
      return found.kind;
  }
}

describe('packets end where all of them fit', () => {
  test.each([
    ['the policy, when no rule does', ['-A FORWARD -i eth1 -j ACCEPT'], 'policy drop'],
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
      'policy drop by -A FORWARD -j RETURN',
    ],
    [
      'a rule behind a return from a chain',
      ['-A FORWARD -j a', '-A FORWARD -j ACCEPT', '-A a -j RETURN', '-A a -j DROP'],
      '-A FORWARD -j ACCEPT',
    ],
    [
      'the policy, by a goto that comes back to nobody',
      ['-A FORWARD -g a', '-A FORWARD -j ACCEPT'],
      'policy drop',
    ],
    [
      'a drop, when some were dropped before',
      ['-A FORWARD -s 10.0.0.0/8 -j DROP', '-A FORWARD -j DROP'],
      '-A FORWARD -j DROP',
    ],
    [
      'the policy, when it refuses those that leave a chain that refuses',
      ['-A FORWARD -j a', '-A a -s 10.0.0.0/8 -j RETURN', '-A a -j DROP'],
      'policy drop by -A a -s 10.0.0.0/8 -j RETURN',
    ],
    [
      'the policy, when it refuses those that another chain leaves over',
      ['-A FORWARD -s 10.0.0.0/8 -g a', '-A FORWARD -j DROP'],
      'policy drop',
    ],
  ])('at %s', (_, lines, found) => {
    expect(end(lines)).toBe(found);
  });
});

describe('it is unknown where they end', () => {
  test.each([
    ['when some are accepted', ['-A FORWARD -s 10.0.0.0/8 -j ACCEPT', '-A FORWARD -j DROP']],
    ['when some go to a chain that accepts', ['-A FORWARD -s 10.0.0.0/8 -j a', '-A a -j ACCEPT']],
    [
      'when some go on by a goto',
      ['-A FORWARD -s 10.0.0.0/8 -g a', '-A FORWARD -i eth0 -j ACCEPT'],
    ],
    ['at a target that is not known', ['-A FORWARD -j STRANGE']],
    ['in a circle, which only a file can hold', ['-A FORWARD -j a', '-A a -j b', '-A b -j a']],
  ])('%s', (_, lines) => {
    expect(end(lines)).toBe('unknown');
  });
});

test.each([
  [['-A FORWARD -j ours'], 'reached'],
  [['-A FORWARD -j a', '-A a -j ours'], 'reached'],
  [['-A FORWARD -i eth0 -j DROP', '-A FORWARD -j ours'], '-A FORWARD -i eth0 -j DROP'],
  [['-A FORWARD -s 10.0.0.0/8 -j DROP', '-A FORWARD -j ours'], 'reached'],
  [['-A FORWARD -s 10.0.0.0/8 -j ours'], 'unknown'],
])('on the way to a chain, %j: %s', (lines, found) => {
  expect(end(lines, 'ours')).toBe(found);
});

test('only what drops or rejects lets packets through no further', () => {
  const refused = (disposition: 'drop' | 'reject' | 'accept') =>
    isRefused({ kind: 'policy', disposition, by: null });
  expect(refused('drop')).toBe(true);
  expect(refused('reject')).toBe(true);
  expect(refused('accept')).toBe(false);
  expect([isRefused({ kind: 'unknown' }), isRefused({ kind: 'reached' })]).toEqual([false, false]);
});
