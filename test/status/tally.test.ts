import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseSave } from '../../src/iptables/parse.ts';
import type { Ruleset } from '../../src/iptables/ruleset.ts';
import type { Wanted } from '../../src/iptables/wanted.ts';
import { type Tally, tallyRules } from '../../src/status/tally.ts';

/** Rules of filter NATMAP: what each serves, by its text. */
function wantedOf(rules: Readonly<Record<string, readonly string[]>>): Wanted<readonly string[]> {
  const list = Object.entries(rules).map(([spec, origin]) => ({ spec, verbatim: false, origin }));
  return { family: 'ipv4', chains: [{ table: 'filter', name: 'NATMAP', rules: list }] };
}

function liveOf(...lines: readonly string[]): Ruleset {
  const text = ['*filter', ':INPUT ACCEPT [9:99]', ':NATMAP - [0:0]', ...lines, 'COMMIT', ''];
  const parsed = parseSave(text.join('\n'), 'ipv4');
  if (!parsed.ok) throw new Error(parsed.problem);
  return parsed.ruleset;
}

function tallied(
  rules: Readonly<Record<string, readonly string[]>>,
  ...lines: readonly string[]
): Record<string, Tally> {
  const tallies = tallyRules(wantedOf(rules), liveOf(...lines), (origin) => new Set(origin));
  return Object.fromEntries(tallies);
}

describe('the count of a mapping', () => {
  test('is the sum over its rules', () => {
    expect(
      tallied(
        { '-j A': ['web'], '-j B': ['web'] },
        '[1:100] -A NATMAP -j A',
        '[2:50] -A NATMAP -j B',
      ),
    ).toEqual({
      web: { rules: { wanted: 2, live: 2, shared: 0 }, count: { packets: 3n, bytes: 150n } },
    });
  });

  test('is exact where a number would not be', () => {
    const most = '18446744073709551615';
    const { web } = tallied(
      { '-j A': ['web'], '-j B': ['web'] },
      `[${most}:9007199254740993] -A NATMAP -j A`,
      `[1:0] -A NATMAP -j B`,
    );
    expect(web?.count).toEqual({ packets: 18446744073709551616n, bytes: 9007199254740993n });
  });

  test('adds up the copies of a rule in a dispatch tree as one rule', () => {
    const copied = (live: readonly string[]) => {
      const rules = [{ spec: '-j A', verbatim: false, origin: ['web'] }];
      const names = ['NATMAP-t1', 'NATMAP-t2'];
      const chains = names.map((name) => ({
        ...{ table: 'filter' as const, name, partOf: 'NATMAP', rules },
      }));
      const wanted: Wanted<readonly string[]> = { family: 'ipv4', chains };
      const headers = names.map((name) => `:${name} - [0:0]`);
      return tallyRules(wanted, liveOf(...headers, ...live), (origin) => new Set(origin)).get(
        'web',
      );
    };
    const [first, second] = ['[1:100] -A NATMAP-t1 -j A', '[2:50] -A NATMAP-t2 -j A'];
    expect(copied([first, second])).toEqual({
      rules: { wanted: 1, live: 1, shared: 0 },
      count: { packets: 3n, bytes: 150n },
    });
    expect(copied([first])?.rules.live).toBe(0);
  });

  test('has the rules in it that others share, which are reported', () => {
    expect(
      tallied(
        { '-j A': ['web', 'shop'], '-j B': ['web'] },
        '[1:10] -A NATMAP -j A',
        '[2:20] -A NATMAP -j B',
      ),
    ).toEqual({
      web: { rules: { wanted: 2, live: 2, shared: 1 }, count: { packets: 3n, bytes: 30n } },
      shop: { rules: { wanted: 1, live: 1, shared: 1 }, count: { packets: 1n, bytes: 10n } },
    });
  });

  test('has every copy of a rule in it', () => {
    const { web } = tallied({ '-j A': ['web'] }, '[1:10] -A NATMAP -j A', '[2:20] -A NATMAP -j A');
    expect(web).toEqual({
      rules: { wanted: 1, live: 1, shared: 0 },
      count: { packets: 3n, bytes: 30n },
    });
  });

  test('leaves out rules that are missing', () => {
    const { web } = tallied({ '-j A': ['web'], '-j B': ['web'] }, '[2:20] -A NATMAP -j B');
    expect(web).toEqual({
      rules: { wanted: 2, live: 1, shared: 0 },
      count: { packets: 2n, bytes: 20n },
    });
  });

  test.each<[what: string, lines: string[]]>([
    ['no rule is live', []],
    ['a rule was saved without counters', ['-A NATMAP -j A', '[1:1] -A NATMAP -j B']],
    ['the other was', ['[1:1] -A NATMAP -j A', '-A NATMAP -j B']],
    ['a copy was', ['[1:1] -A NATMAP -j A', '-A NATMAP -j A']],
  ])('is not known when %s', (_, lines) => {
    const { web } = tallied({ '-j A': ['web'], '-j B': ['web'] }, ...lines);
    expect(web?.count).toBeNull();
  });

  test('has nothing of the same text in a chain that is not ours', () => {
    const { web } = tallied({ '-j A': ['web'] }, '[1:10] -A INPUT -j A');
    expect(web).toEqual({ rules: { wanted: 1, live: 0, shared: 0 }, count: null });
  });

  test('adds up to what the kernel counted, where nothing is shared', () => {
    const rule = fc.tuple(fc.nat(4), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }));
    fc.assert(
      fc.property(fc.array(rule, { maxLength: 20 }), (rules) => {
        const wanted = Object.fromEntries(rules.map(([key], n) => [`-j R${n}`, [`m${key}`]]));
        const lines = rules.map(([, count], n) => `[${count}:${count}] -A NATMAP -j R${n}`);
        const sums = Object.values(tallied(wanted, ...lines)).map(
          ({ count }) => count?.packets ?? 0n,
        );
        const total = (counts: readonly bigint[]) => counts.reduce((a, b) => a + b, 0n);
        expect(total(sums)).toBe(total(rules.map(([, count]) => count)));
      }),
    );
  });
});
