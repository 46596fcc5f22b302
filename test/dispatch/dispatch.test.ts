import { describe, expect, test } from 'vitest';
import { dispatchWanted } from '../../src/dispatch/dispatch.ts';
import { isDispatchRule } from '../../src/dispatch/flatten.ts';
import type { WantedRule } from '../../src/iptables/wanted.ts';
import type { Family } from '../../src/net/family.ts';

type Chains = Readonly<Record<string, readonly string[]>>;

/** The chains that become of nat NATMAP with these rules; those that begin with `verbatim ` are such. */
function dispatched(specs: readonly string[], family: Family = 'ipv4', more: Chains = {}): Chains {
  const toRule = (text: string): WantedRule => {
    const spec = text.replace(/^verbatim /, '');
    return { spec, verbatim: spec !== text, origin: null };
  };
  const { chains } = dispatchWanted({
    family,
    chains: Object.entries({ NATMAP: specs, ...more }).map(([name, rules]) => ({
      table: 'nat',
      name,
      rules: rules.map(toRule),
    })),
  });
  return Object.fromEntries(chains.map(({ name, rules }) => [name, rules.map(({ spec }) => spec)]));
}

const to = (port: number, ext = '203.0.113.43/32') =>
  `-d ${ext} -p tcp -m tcp --dport ${port} -j DNAT --to-destination 10.0.0.1:${port}`;

const ports = (count: number) => Array.from({ length: count }, (_, index) => to(8000 + index));

/** The chains of which the content differs. */
function changed(before: Chains, after: Chains): string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].filter((name) => before[name]?.join('\n') !== after[name]?.join('\n'));
}

test('64 rules stay a list', () => {
  expect(dispatched(ports(64))).toEqual({ NATMAP: ports(64) });
});

test('of 65 rules, a packet passes a rule for its address, and then those for its ports', () => {
  const chains = dispatched(ports(65));
  expect(chains.NATMAP).toEqual([
    '-d 203.0.113.43/32 -m comment --comment "natmap:dispatch" -g NATMAP-dcb00712b',
  ]);
  expect(chains['NATMAP-dcb00712b']).toEqual(
    [8000, 8016, 8032, 8048, 8064].map(
      (first, index) =>
        `-p tcp -m tcp --dport ${first}:${first + 15} -m comment --comment "natmap:dispatch" -g NATMAP-dcb00712b-t1f${4 + index}`,
    ),
  );
  expect(chains['NATMAP-dcb00712b-t1f8']).toEqual([to(8064)]);
});

test('blocks of IPv6 have a hash for a name', () => {
  const ext = (index: number) => `2001:db8::${index.toString(16)}/128`;
  const chains = dispatched(
    Array.from({ length: 65 }, (_, index) => to(80, ext(0x100 + index))),
    'ipv6',
  );
  const [first = ''] = Object.values(chains)[1] ?? [];
  expect(first).toMatch(
    /^-d 2001:db8::100\/124 -m comment --comment "natmap:dispatch" -g NATMAP-[0-9a-f]{16}$/,
  );
});

test('no leaf has more than 32 rules', () => {
  const sizes = Object.values(dispatched(ports(5000))).map((rules) => rules.length);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(32);
});

describe('one mapping more changes', () => {
  const before = dispatched(ports(1000));

  test('the leaf of its port', () => {
    const after = dispatched([...ports(1000), to(8999 + 1)]);
    expect(changed(before, after)).toEqual(['NATMAP-dcb00712b-t232']);
  });

  test('the leaf of its port also where that has one rule so far', () => {
    const one = dispatched(ports(65));
    expect(changed(one, dispatched(ports(66)))).toEqual(['NATMAP-dcb00712b-t1f8']);
  });

  test('nothing of the ports of another address', () => {
    const after = dispatched([...ports(1000), to(80, '198.51.100.7/32')]);
    expect(changed(before, after)).toEqual(['NATMAP', 'NATMAP-dc', 'NATMAP-dc6']);
  });
});

test('a rule of two blocks stands in both, in its place', () => {
  const range = to(8010).replace('--dport 8010', '--dport 8010:8020');
  const chains = dispatched([to(8015), range, ...ports(70)]);
  expect(chains['NATMAP-dcb00712b-t1f4']?.slice(0, 3)).toEqual([to(8015), range, to(8000)]);
  expect(chains['NATMAP-dcb00712b-t1f5']?.slice(0, 2)).toEqual([range, to(8016)]);
});

test('ports split first where rules name no address', () => {
  const local = (port: number) =>
    `-p tcp -m addrtype --dst-type LOCAL -m tcp --dport ${port} -j DNAT --to-destination 10.0.0.1`;
  const chains = dispatched([
    ...ports(20),
    ...Array.from({ length: 80 }, (_, n) => local(9000 + n)),
  ]);
  expect(chains.NATMAP?.every((rule) => rule.startsWith('-p tcp -m tcp --dport '))).toBe(true);
});

test('sources split rules that name nothing else', () => {
  const rules = Array.from({ length: 80 }, (_, n) => `-s 10.0.${n}.0/24 -o eth0 -j MASQUERADE`);
  const chains = dispatched(rules);
  expect(chains.NATMAP?.[0]).toBe(
    '-s 10.0.0.0/20 -m comment --comment "natmap:dispatch" -g NATMAP-s0a000',
  );
});

test('rules for all packets at the head of a chain stay there', () => {
  const replies = '-m conntrack --ctdir REPLY -j RETURN';
  expect(dispatched([replies, ...ports(70)]).NATMAP?.[0]).toBe(replies);
});

describe('a rule that must not be copied', () => {
  const counting = (port: string) =>
    `-d 203.0.113.43/32 -p tcp -m tcp --dport ${port} -m statistic --mode nth --every 2 --packet 0 -j DNAT --to-destination 10.0.0.2`;

  test('stands in the leaf of its one block', () => {
    const chains = dispatched([counting('8001:8004'), ...ports(70)]);
    expect(chains['NATMAP-dcb00712b-t1f4']?.[0]).toBe(counting('8001:8004'));
  });

  test('keeps blocks together that it is part of', () => {
    const chains = dispatched([counting('8010:8020'), ...ports(70)]);
    const holding = Object.values(chains).filter((rules) => rules.includes(counting('8010:8020')));
    expect(holding).toHaveLength(1);
    expect(holding[0]).toHaveLength(71);
  });

  test('of which nothing is understood stands between two trees', () => {
    const unknown = '-m quux --quux -j DNAT --to-destination 10.0.0.2';
    const chains = dispatched([
      ...ports(70),
      `verbatim ${unknown}`,
      ...ports(80).slice(70),
      ...ports(160).slice(80),
    ]);
    expect(chains.NATMAP).toEqual([
      '-m comment --comment "natmap:dispatch" -j NATMAP-1',
      unknown,
      expect.stringContaining('-g NATMAP-dcb00712b'),
    ]);
    expect(chains['NATMAP-1']?.every(isDispatchRule)).toBe(true);
  });

  test('keeps a list before it whose rules return', () => {
    const leaving = '-d 203.0.113.43/32 -p tcp -m tcp --dport 8000 -j RETURN';
    const rules = [leaving, ...ports(70), '-m quux --quux -j ACCEPT'];
    expect(dispatched(rules.with(-1, `verbatim ${rules.at(-1)}`))).toEqual({ NATMAP: rules });
  });
});

test('a chain stays a list where a template has a chain of the name of a block', () => {
  const chains = dispatched(ports(70), 'ipv4', { 'NATMAP-dcb00712b': ['-j RETURN'] });
  expect(chains).toEqual({ NATMAP: ports(70), 'NATMAP-dcb00712b': ['-j RETURN'] });
});
