import { expect, test } from 'vitest';
import { twoVariants } from '../../../src/doctor/checks/two-variants.ts';
import { familyNames, programNames } from '../../../src/net/family.ts';
import { found } from '../found.ts';
import { closedWith } from '../host.ts';

function other(...lines: readonly string[]): string {
  return `*filter\n:INPUT ACCEPT\n:FORWARD ACCEPT\n:OUTPUT ACCEPT\n${lines.join('\n')}\nCOMMIT\n`;
}
const before = closedWith(['-A INPUT -i lo -j ACCEPT']);

test("natmap's own rules of the other variant are flushed", () => {
  const left = other(':NATMAP -', '-A FORWARD -j NATMAP');
  expect(found(twoVariants, { other: left })).toEqual(
    (['ipv4', 'ipv6'] as const).map((family) => ({
      what: `error: ${programNames[family]}-legacy holds ${familyNames[family]} rules of natmap's as well`,
      for: [],
      run: [`natmap flush --backend legacy --family ${family}`],
    })),
  );
});

test("somebody's rules in each variant are reported, and shown", () => {
  const theirs = other('-A INPUT -j DROP', '-A FORWARD -j DROP');
  expect(found(twoVariants, { other: theirs, before })[0]).toEqual({
    what: 'warning: iptables-legacy holds 2 IPv4 rules beside iptables-nft',
    for: [],
    run: ['iptables-legacy-save'],
  });
});

test.each([
  ['alone', other(), 'drops by the policy of 1 IPv4 chain'],
  [
    'beside a rule',
    other('-A INPUT -j DROP'),
    'holds 1 IPv4 rule and drops by the policy of 1 IPv4 chain',
  ],
])('a policy that drops is no rule, and counts as itself: %s', (_, text, content) => {
  const theirs = text.replace('FORWARD ACCEPT', 'FORWARD DROP');
  expect(found(twoVariants, { other: theirs, before })[0]?.what).toBe(
    `warning: iptables-legacy ${content} beside iptables-nft`,
  );
});

test.each([
  ['has no tables', ''],
  ['has tables with nothing in them', other()],
  ['has what a flush leaves', other(':DOCKER-USER -', '-A FORWARD -j DOCKER-USER')],
])('it is fine that the other variant %s', (_, text) => {
  expect(found(twoVariants, { other: text, before })).toEqual([]);
});

test("Docker's rules there and not here are another check's matter", () => {
  const dockers = other(':DOCKER -', '-A FORWARD -j DOCKER');
  expect(found(twoVariants, { other: dockers, before })).toEqual([]);
});
