import { expect, test } from 'vitest';
import { mixedBackends } from '../../../src/doctor/checks/mixed-backends.ts';
import type { Facts } from '../../../src/doctor/facts.ts';
import type { Backends } from '../../../src/iptables/ruleset.ts';
import { factsOf } from '../host.ts';

function messages(backends: Backends, more: Partial<Facts> = {}): string[] {
  const facts = factsOf({});
  const intent = { ...facts.intent, backends };
  return mixedBackends.find({ ...facts, intent, ...more }).map(({ message }) => message);
}

test.each<[Backends, string[]]>([
  [{ ipv4: 'nft', ipv6: 'legacy' }, ['iptables is nft, and ip6tables is legacy']],
  [{ ipv4: 'legacy', ipv6: 'nft' }, ['iptables is legacy, and ip6tables is nft']],
  [{ ipv4: 'nft', ipv6: 'nft' }, []],
  [{ ipv4: 'legacy', ipv6: 'legacy' }, []],
])('%o', (backends, expected) => {
  expect(messages(backends)).toEqual(expected);
});

test('nothing is known where a file stands for the rules of a family, or it has none', () => {
  const mix = { ipv4: 'nft', ipv6: 'legacy' } as const;
  const { rules, otherRules } = factsOf({});
  const unasked = { kind: 'unasked' } as const;
  expect(messages(mix, { otherRules: { ...otherRules, ipv4: unasked } })).toEqual([]);
  expect(messages(mix, { rules: { ...rules, ipv6: unasked } })).toEqual([]);
});
