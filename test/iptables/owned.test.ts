import { describe, expect, test } from 'vitest';
import { chainProblem, isOwnedChain, isOwnedRule } from '../../src/iptables/owned.ts';

describe('a chain is ours by its name', () => {
  test.each([
    ['NATMAP', true],
    ['NATMAP-OUTPUT', true],
    ['NATMAP-', true],
    ['NATMAP-anything_else', true],
    ['NATMAPX', false],
    ['NATMAP_OUTPUT', false],
    ['natmap', false],
    ['MY-NATMAP', false],
    ['DOCKER-USER', false],
    ['', false],
  ])('%s: %s', (name, owned) => {
    expect(isOwnedChain(name)).toBe(owned);
  });
});

describe('a rule in a chain of somebody else is ours', () => {
  test.each([
    '-j NATMAP',
    '-g NATMAP',
    '-j NATMAP-OLD',
    '-i eth0 -j NATMAP',
    '-m comment --comment "my jump" -j NATMAP',
    '-m comment --comment "a\nb" -j NATMAP',
    '-m comment --comment -j -j NATMAP',
    '-p tcp -m tcp --dport 80 -m comment --comment "natmap:dnat:80" -j DNAT --to-destination 10.0.0.1',
    '-m comment --comment "natmap:" -j ACCEPT',
    '-m comment --comment "natmap:\n" -j ACCEPT',
    '-m comment --comment a -m comment --comment "natmap:b" -j ACCEPT',
  ])('%j', (spec) => {
    expect(isOwnedRule(spec)).toBe(true);
  });
});

describe('a rule is not ours because it looks like it', () => {
  test.each([
    '-j ACCEPT',
    '',
    '-j NATMAPX',
    '-j DOCKER-NATMAP',
    '-m comment --comment NATMAP -j ACCEPT',
    '-m comment --comment "-j NATMAP" -j ACCEPT',
    '-m comment --comment "see natmap:dnat" -j ACCEPT',
    '-m comment --comment natmap -j ACCEPT',
    '-m comment --comment "NATMAP: x" -j ACCEPT',
    '-m set --match-set natmap:x src -j ACCEPT',
    '-j LOG --log-prefix "natmap: "',
    '-i NATMAP -j ACCEPT',
    String.raw`-m comment --comment "\"natmap:x" -j ACCEPT`,
  ])('%j', (spec) => {
    expect(isOwnedRule(spec)).toBe(false);
  });
});

describe('a template may fill', () => {
  test.each([
    ['NATMAP', null],
    ['NATMAP-MINE_2', null],
    [`NATMAP-${'x'.repeat(21)}`, null],
    [`NATMAP-${'x'.repeat(22)}`, `chain name NATMAP-${'x'.repeat(22)} is longer than 28 bytes`],
    ['INPUT', "chain INPUT is not natmap's: only NATMAP and NATMAP-* are"],
    ['NATMAPX', "chain NATMAPX is not natmap's: only NATMAP and NATMAP-* are"],
    ['NATMAP-a b', 'chain name NATMAP-a b has characters other than A-Z a-z 0-9 _ -'],
    ['NATMAP-ü', 'chain name NATMAP-ü has characters other than A-Z a-z 0-9 _ -'],
    ['NATMAP-a\nCOMMIT', 'chain name NATMAP-a\nCOMMIT has characters other than A-Z a-z 0-9 _ -'],
  ])('%j: %j', (chain, problem) => {
    expect(chainProblem(chain)).toBe(problem);
  });
});
