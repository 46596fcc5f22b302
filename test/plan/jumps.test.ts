/** Where natmap's jumps go among the rules of others, and when they move. */
import { describe, expect, test } from 'vitest';
import { dispatchWanted } from '../../src/dispatch/dispatch.ts';
import { parseSave } from '../../src/iptables/parse.ts';
import { findChain, findTable, type Ruleset } from '../../src/iptables/ruleset.ts';
import { standingChains, type Wanted } from '../../src/iptables/wanted.ts';
import { applyGoal } from '../../src/plan/goal.ts';
import { makePlan } from '../../src/plan/plan.ts';

const snat = '-s 172.30.0.0/16 -o eth0 -j SNAT --to-source 203.0.113.44';

function desired(chain: string, rules: readonly string[]): Wanted {
  return {
    family: 'ipv4',
    chains: standingChains.map(({ table, name }) => ({
      ...{ table, name },
      rules:
        table === 'nat' && name === chain
          ? rules.map((spec) => ({ spec, verbatim: false, origin: null }))
          : [],
    })),
  };
}

function live(table: string, chains: Readonly<Record<string, readonly string[]>>): Ruleset {
  const builtin = { nat: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'], filter: ['FORWARD'] };
  const all = {
    ...Object.fromEntries((builtin[table as 'nat'] ?? []).map((name) => [name, []])),
    ...chains,
  };
  const names = Object.keys(all);
  const text = [
    `*${table}`,
    ...names.map((name) => `:${name} ${/^[A-Z]+(ING|UT|D)$/.test(name) ? 'ACCEPT' : '-'} [0:0]`),
    ...Object.entries(all).flatMap(([name, rules]) => rules.map((rule) => `-A ${name} ${rule}`)),
    'COMMIT',
    '',
  ].join('\n');
  const parsed = parseSave(text, 'ipv4');
  if (!parsed.ok) throw new Error(`${parsed.problem}: ${text}`);
  return parsed.ruleset;
}

function planned(before: Ruleset, wanted: Wanted) {
  const plan = makePlan(before, applyGoal(wanted), 'nft');
  const rules = (table: string, chain: string) =>
    findChain(findTable(plan.after, table), chain)?.rules.map(({ spec }) => spec);
  return { rules, moves: plan.moves };
}

describe('the jump in nat POSTROUTING behind a rule of others', () => {
  const jump = '-j NATMAP-POSTROUTING';
  const masquerade = '-s 172.30.0.0/16 ! -o br-front -j MASQUERADE';
  const given = (before: readonly string[], entry = snat, more = {}) =>
    planned(
      live('nat', { POSTROUTING: [...before, jump], 'NATMAP-POSTROUTING': [entry], ...more }),
      desired('NATMAP-POSTROUTING', [entry]),
    );

  test('goes first when that takes connections from an entry, and says why', () => {
    const { rules, moves } = given([masquerade]);
    expect(rules('nat', 'POSTROUTING')).toEqual([jump, masquerade]);
    expect(moves).toEqual([
      {
        ...{ table: 'nat', chain: 'POSTROUTING' },
        by: `-A POSTROUTING ${masquerade}`,
        from: `-A NATMAP-POSTROUTING ${snat}`,
      },
    ]);
  });

  test('goes first when the rule stands in a chain that is jumped to', () => {
    const { rules, moves } = given(['-j OTHERS'], snat, { OTHERS: [masquerade] });
    expect(rules('nat', 'POSTROUTING')).toEqual([jump, '-j OTHERS']);
    expect(moves[0]?.by).toBe(`-A OTHERS ${masquerade}`);
  });

  test.each([
    ['is about other packets', '-s 172.31.0.0/16 ! -o br-back -j MASQUERADE', snat],
    ['does the same', masquerade, '-s 172.30.0.0/16 -o eth0 -j MASQUERADE'],
    ['decides nothing', '-s 172.30.0.0/16 -j LOG', snat],
    ['may match or not', '-s 172.30.0.0/16 -m mark --mark 0x1 -j MASQUERADE', snat],
  ])('stays when that %s', (_, rule, entry) => {
    const { rules, moves } = given([rule], entry);
    expect(rules('nat', 'POSTROUTING')).toEqual([rule, jump]);
    expect(moves).toEqual([]);
  });

  test('stays when its packets return before', () => {
    const other = { OTHERS: ['-s 172.30.0.0/16 -j RETURN', masquerade] };
    expect(given(['-j OTHERS'], snat, other).moves).toEqual([]);
  });

  test('goes first for an entry in a dispatch tree', () => {
    const many = Array.from({ length: 80 }, (_, n) =>
      snat.replace('172.30.0.0/16', `10.0.${n}.0/24`),
    );
    const wanted = dispatchWanted(desired('NATMAP-POSTROUTING', many));
    const rule = '-s 10.0.77.0/24 -j ACCEPT';
    const { moves } = planned(live('nat', { POSTROUTING: [rule, jump] }), wanted);
    expect(moves[0]?.from).toBe(`-A NATMAP-POSTROUTING ${many[77]}`);
  });
});

describe('the jump in DOCKER-USER, when it is made, goes', () => {
  const drop = '-s 192.0.2.0/24 -j DROP';
  const accept = '-s 198.51.100.0/24 -j ACCEPT';
  const placed = (rules: readonly string[], first = false) => {
    const before = live('filter', { FORWARD: [], 'DOCKER-USER': rules, 'f2b-web': ['-j RETURN'] });
    const wanted = desired('NATMAP', []);
    const goal = first ? { ...wanted, dockerUserFirst: true as const } : wanted;
    return planned(before, goal).rules('filter', 'DOCKER-USER');
  };

  test.each([
    ['first where nothing is dropped', [accept], ['-j NATMAP', accept]],
    ['behind what drops', [drop, accept], [drop, '-j NATMAP', accept]],
    [
      'behind the last that drops or rejects',
      [drop, accept, '-j REJECT --reject-with icmp-port-unreachable', '-j RETURN'],
      [drop, accept, '-j REJECT --reject-with icmp-port-unreachable', '-j NATMAP', '-j RETURN'],
    ],
    [
      "behind fail2ban's chain, which bans nobody yet",
      ['-p tcp -j f2b-web', '-j RETURN'],
      ['-p tcp -j f2b-web', '-j NATMAP', '-j RETURN'],
    ],
    ['before a closing RETURN', ['-j RETURN', drop], ['-j NATMAP', '-j RETURN', drop]],
  ])('%s', (_, before, after) => {
    expect(placed(before)).toEqual(after);
  });

  test('first where the rules say so', () => {
    expect(placed([drop], true)).toEqual(['-j NATMAP', drop]);
  });

  test.each([
    ['stays', false, [drop, '-j NATMAP', '-s 192.0.2.7/32 -j DROP']],
    ['is kept first where the rules say so', true, ['-j NATMAP', drop, '-s 192.0.2.7/32 -j DROP']],
  ])('and later %s', (_, first, after) => {
    expect(placed([drop, '-j NATMAP', '-s 192.0.2.7/32 -j DROP'], first)).toEqual(after);
  });
});
