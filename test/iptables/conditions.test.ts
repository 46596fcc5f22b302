import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Condition, readConditions } from '../../src/iptables/conditions.ts';
import { parseNetwork } from '../../src/net/address.ts';
import { hostileName } from '../support/hostile-names.ts';

const unknown: Condition = { kind: 'unknown' };

function network(text: string) {
  const parsed = parseNetwork(text);
  if (parsed === null) throw new Error(text);
  return parsed;
}

describe('a condition is read', () => {
  test.each<readonly [string, Condition]>([
    ['-s 10.0.0.0/8', { kind: 'source', inverted: false, network: network('10.0.0.0/8') }],
    ['! -d ::1/128', { kind: 'destination', inverted: true, network: network('::1') }],
    ['-i br+', { kind: 'in', inverted: false, name: 'br+' }],
    ['! -o docker0', { kind: 'out', inverted: true, name: 'docker0' }],
    ['-p tcp', { kind: 'protocol', inverted: false, name: 'tcp' }],
    [
      '--dport 80',
      { kind: 'destination-ports', inverted: false, ports: [{ first: 80, last: 80 }] },
    ],
    [
      '-m multiport ! --dports 22,8000:8010',
      {
        kind: 'destination-ports',
        inverted: true,
        ports: [
          { first: 22, last: 22 },
          { first: 8000, last: 8010 },
        ],
      },
    ],
    [
      '-m conntrack --ctstate RELATED,ESTABLISHED',
      { kind: 'states', inverted: false, values: ['RELATED', 'ESTABLISHED'] },
    ],
    ['-m state --state NEW', { kind: 'states', inverted: false, values: ['NEW'] }],
    ['-m conntrack --ctdir REPLY', { kind: 'direction', inverted: false, values: ['REPLY'] }],
    [
      '-m conntrack --ctorigdstport 443',
      { kind: 'original-ports', inverted: false, ports: [{ first: 443, last: 443 }] },
    ],
    [
      '-m addrtype ! --dst-type LOCAL',
      { kind: 'destination-types', inverted: true, values: ['LOCAL'] },
    ],
  ])('%s', (spec, condition) => {
    expect(readConditions(`${spec} -j ACCEPT`).conditions).toEqual([condition]);
  });
});

test.each([
  ['a match that has no options', '-m socket'],
  ['an option that is not known', '--sport'],
  ['a port that is none', '--dport 0:1023'],
  ['a network that is none', '-s example'],
])('%s is a condition of which nothing is known', (_, spec) => {
  expect(readConditions(`${spec} -j ACCEPT`).conditions).toContainEqual(unknown);
});

test('a comment asks for nothing, whatever stands in it', () => {
  const { conditions, verdict } = readConditions('-m comment --comment "-j DROP ! -s x" -j ACCEPT');
  expect(conditions).toEqual([]);
  expect(verdict).toEqual({ kind: 'jump', target: 'ACCEPT', options: [] });
});

test.each([
  ['-j DNAT --to-destination 10.0.0.1:80', 'jump', 'DNAT', ['--to-destination', '10.0.0.1:80']],
  ['-g ufw-after', 'goto', 'ufw-after', []],
] as const)('the verdict of %s has its own words', (spec, kind, target, options) => {
  expect(readConditions(spec).verdict).toEqual({ kind, target, options });
});

test('a rule that only counts has none', () => {
  expect(readConditions('')).toEqual({ conditions: [], verdict: { kind: 'none' } });
});

test('any text is read as some rule', () => {
  fc.assert(
    fc.property(fc.array(hostileName), (words) => {
      const { conditions, verdict } = readConditions(words.join(' '));
      expect(conditions.length).toBeLessThanOrEqual(words.join(' ').length);
      expect(['jump', 'goto', 'none']).toContain(verdict.kind);
    }),
  );
});
