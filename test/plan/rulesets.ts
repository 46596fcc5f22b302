/** Live rule sets and wanted ones, for fast-check: few values, so that everything meets everything. */
import fc from 'fast-check';
import { isOwnedChain, isOwnedRule } from '../../src/iptables/owned.ts';
import { comparableLines } from '../../src/iptables/print.ts';
import {
  type Backend,
  builtinChains,
  type Chain,
  compareChains,
  type Rule,
  type Ruleset,
  type Table,
} from '../../src/iptables/ruleset.ts';
import {
  standingChains,
  type Wanted,
  type WantedChain,
  type WantedTable,
} from '../../src/iptables/wanted.ts';

/** Rules with what they lead to; null where that is no chain. */
const foreignRules: readonly (readonly [spec: string, chain: string | null])[] = [
  ['-j ACCEPT', null],
  ['-s 10.0.0.0/8 -j DROP', null],
  ['-m set --match-set blocked src -j DROP', null],
  ['-m comment --comment "-j NATMAP" -j RETURN', null],
  ['', null],
  ['-j DOCKER', 'DOCKER'],
  ['-j DOCKER-USER', 'DOCKER-USER'],
  ['-o docker0 -j DOCKER', 'DOCKER'],
];

const ownedRules: readonly (readonly [spec: string, chain: string | null])[] = [
  ['-j NATMAP', 'NATMAP'],
  ['-j NATMAP-OUTPUT', 'NATMAP-OUTPUT'],
  ['-j NATMAP-POSTROUTING', 'NATMAP-POSTROUTING'],
  ['-i eth0 -j NATMAP', 'NATMAP'],
  ['-g NATMAP-OLD', 'NATMAP-OLD'],
  ['-j NATMAP-OLDER', 'NATMAP-OLDER'],
  ['-p tcp -m comment --comment "natmap:a:80" -j ACCEPT', null],
  ['-m comment --comment "natmap:b" -j RETURN', null],
];

const foreignChains = ['DOCKER', 'DOCKER-USER', 'admin'];
const ownedChains = ['NATMAP', 'NATMAP-OUTPUT', 'NATMAP-POSTROUTING', 'NATMAP-OLD', 'NATMAP-OLDER'];

const counters = fc
  .tuple(fc.nat(99), fc.nat(99))
  .map(([packets, bytes]) => ({ packets: `${packets}`, bytes: `${bytes}` }));

function chain(name: string, policy: string, present: readonly string[]): fc.Arbitrary<Chain> {
  const reachable = [...foreignRules, ...ownedRules].filter(
    ([, target]) => target === null || (target !== name && present.includes(target)),
  );
  const rule: fc.Arbitrary<Rule> = fc
    .tuple(fc.constantFrom(...reachable), counters)
    .map(([[spec], count]) => ({ spec, counters: count }));
  return fc
    .tuple(fc.array(rule, { maxLength: 5 }), counters)
    .map(([rules, count]) => ({ name, policy, counters: count, rules }));
}

function table(name: string): fc.Arbitrary<Table> {
  const user = fc.tuple(fc.subarray(foreignChains), fc.subarray(ownedChains));
  return user.chain(([foreign, owned]) => {
    const present = [...foreign, ...owned];
    const users = present.map((each) => chain(each, '-', present));
    const builtins = builtinChains(name).map((each) =>
      fc.constantFrom('ACCEPT', 'DROP').chain((policy) => chain(each, policy, present)),
    );
    const compare = compareChains(name);
    return fc.tuple(...builtins, ...users).map((chains) => ({
      name,
      chains: [...chains].sort((a, b) => compare(a.name, b.name)),
    }));
  });
}

export interface Live {
  readonly variant: Backend;
  readonly ruleset: Ruleset;
}

/** In the order of tables of its variant. */
export const live: fc.Arbitrary<Live> = fc
  .constantFrom<Backend[]>('nft', 'legacy')
  .chain((variant) => {
    const names =
      variant === 'nft' ? ['mangle', 'raw', 'filter', 'nat'] : ['nat', 'mangle', 'filter', 'raw'];
    return fc
      .subarray(names)
      .chain((present) => fc.tuple(...present.map(table)))
      .map((tables) => ({ variant, ruleset: { family: 'ipv4' as const, tables } }));
  });

const wantedSpecs = [
  '-s 10.0.0.0/8 -j ACCEPT',
  '-p tcp -m comment --comment "natmap:a:80" -j ACCEPT',
  '-j MASQUERADE',
  '-j RETURN',
];

function wantedChain(
  place: { table: WantedTable; name: string },
  more: readonly string[],
): fc.Arbitrary<WantedChain> {
  return fc.array(fc.constantFrom(...wantedSpecs, ...more), { maxLength: 4 }).map((specs) => ({
    ...place,
    rules: [...new Set(specs)].map((spec) => ({ spec, verbatim: false, origin: null })),
  }));
}

/** The standing chains, now and then one more that the first leads to, and now and then one in mangle. */
export const wanted: fc.Arbitrary<Wanted> = fc
  .record({ hasExtra: fc.boolean(), isRestricting: fc.boolean() })
  .chain(({ hasExtra, isRestricting }) => {
    const more = hasExtra ? ['-j NATMAP-OLD'] : [];
    const extra = hasExtra
      ? (['filter', 'nat'] as const).map((name) =>
          wantedChain({ table: name, name: 'NATMAP-OLD' }, []),
        )
      : [];
    const restricting = isRestricting ? [{ table: 'mangle', name: 'NATMAP' } as const] : [];
    const chains = [...standingChains, ...restricting].map((place) =>
      wantedChain(place, place.table === 'mangle' ? [] : more),
    );
    return fc.tuple(...chains, ...extra).map((all) => ({ family: 'ipv4' as const, chains: all }));
  });

/** Everything that is not ours, as iptables-save would print it. */
export function foreignPart(ruleset: Ruleset): string[] {
  return comparableLines({
    ...ruleset,
    tables: ruleset.tables.map((each) => ({
      ...each,
      chains: each.chains
        .filter(({ name }) => !isOwnedChain(name))
        .map((own) => ({ ...own, rules: own.rules.filter(({ spec }) => !isOwnedRule(spec)) })),
    })),
  });
}

/** The rule set without tables that another one lacks. */
export function onlyTablesOf(ruleset: Ruleset, other: Ruleset): Ruleset {
  const names = new Set(other.tables.map(({ name }) => name));
  return { ...ruleset, tables: ruleset.tables.filter(({ name }) => names.has(name)) };
}
