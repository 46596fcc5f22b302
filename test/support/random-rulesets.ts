/**
 * Hosts as natmap may find them, and what it may want of them, for fast-check: tables that are
 * missing, other people's rules among ours, jumps moved and doubled, rules of the daemon, chains of
 * ours that nobody wants any more and that lead to each other.
 */
import fc from 'fast-check';
import { builtinChains } from '../../src/iptables/ruleset.ts';
import { standingChains, type Wanted, type WantedTable } from '../../src/iptables/wanted.ts';
import type { Family } from './kernel.ts';
import { block } from './restore.ts';

/** A chain leads to later ones only, so that there are no circles. */
const userChains = ['DOCKER-USER', 'DOCKER', 'a1', 'NATMAP', 'NATMAP-OLD', 'NATMAP-b', 'Z_'];

const foreignRules = [
  '-p tcp -m tcp --dport 22 -j ACCEPT',
  '-m addrtype --dst-type LOCAL -j ACCEPT',
  '-j RETURN',
  '',
  String.raw`-m comment --comment "the boss\'s \"fast\" lane \\ NATMAP" -j ACCEPT`,
  '-m comment --comment "not natmap:mine" -j RETURN',
  '-m limit --limit 3/min -j LOG --log-prefix "[UFW BLOCK] "',
  '-m statistic --mode random --probability 0.50000000000 -j RETURN',
];

const daemonRules = [
  '-p tcp -m tcp --dport 25 -m comment --comment "natmap:dnat:old:25" -j ACCEPT',
  '-m comment --comment "natmap:" -j RETURN',
  '-p udp -m comment --comment "natmap:snat:a b" -m comment --comment more -j RETURN',
];

/** iptables-save text of a host. */
export const liveText: fc.Arbitrary<string> = fc
  .tuple(
    fc.option(tableText('filter'), { freq: 6 }),
    fc.option(tableText('nat'), { freq: 4 }),
    fc.option(tableText('mangle'), { freq: 1 }),
    fc.option(tableText('raw'), { freq: 1 }),
  )
  .chain((tables) => {
    const present = tables.filter((text) => text !== null);
    return fc.shuffledSubarray(present, { minLength: present.length });
  })
  .map((tables) => tables.join(''));

function tableText(table: string): fc.Arbitrary<string> {
  return fc
    .tuple(
      fc.subarray(userChains),
      fc.array(fc.tuple(fc.nat(20), fc.nat(20), fc.nat(99)), { maxLength: 25 }),
      fc.constantFrom('ACCEPT', table === 'nat' ? 'ACCEPT' : 'DROP'),
    )
    .map(([users, picks, policy]) => {
      const chains = [...builtinChains(table), ...users];
      const rules = picks.map(([where, what, packets]) => {
        const from = chains[where % chains.length] ?? '';
        const spec = ruleFor(chains, from, builtinChains(table).length, what);
        return `[${packets}:${packets * 60}] -A ${from} ${spec}`.trimEnd();
      });
      const headers = chains.map((name) => `:${name} ${users.includes(name) ? '-' : policy} [0:0]`);
      return block(table, ...headers, ...rules);
    });
}

/** Half of the rules lead somewhere, where there is somewhere to lead to. */
function ruleFor(chains: readonly string[], from: string, firstUser: number, what: number): string {
  const later = chains.slice(Math.max(firstUser, chains.indexOf(from) + 1));
  const options = [
    ...foreignRules,
    ...daemonRules,
    ...later.flatMap((name) => [`-j ${name}`, `-j ${name}`]),
    ...later.map((name) => `-s PLACE -g ${name}`),
  ];
  return (options[(what * 7) % options.length] ?? '').replace('-s PLACE', '-p tcp');
}

/** What the rules of a host may have become when somebody has worked on them after an apply. */
export const workOfOthers: fc.Arbitrary<string> = fc
  .tuple(
    fc.shuffledSubarray([
      '-A FORWARD -j DOCKER-USER',
      '-I DOCKER-USER 1 -p tcp -m tcp --dport 22 -j ACCEPT',
      '-A DOCKER-USER -j NATMAP',
      '-A INPUT -m comment --comment "natmap:dnat:new:1" -j ACCEPT',
      '-A INPUT -j NATMAP',
      '-N somebody',
    ]),
    fc.shuffledSubarray([
      '-A PREROUTING -j NATMAP',
      '-D PREROUTING -j NATMAP',
      '-I OUTPUT 1 -p udp -j ACCEPT',
      '-A POSTROUTING -m comment --comment "natmap:snat:x" -j RETURN',
      '-N NATMAP-STRAY',
      '-A NATMAP -p sctp -j RETURN',
    ]),
  )
  .map(([filter, nat]) => block('filter', ...filter) + block('nat', ...nat));

/** What natmap wants: rules in the chains that it always has, and maybe in one more of each table. */
export function wantedRules(family: Family): fc.Arbitrary<Wanted> {
  const extra = fc.subarray<{ table: WantedTable; name: string }>([
    { table: 'filter', name: 'NATMAP-b' },
    { table: 'nat', name: 'NATMAP-X' },
  ]);
  return extra
    .chain((more) =>
      fc.tuple(
        ...[...standingChains, ...more].map(({ table, name }) =>
          fc.array(fc.integer({ min: 1, max: 12 }), { maxLength: 6 }).map((ports) => ({
            table,
            name,
            rules: [...new Set(ports)].map((port) => ({
              spec: wantedRule(family, table, name, port),
              verbatim: false,
              origin: null,
            })),
          })),
        ),
      ),
    )
    .map((chains) => ({ family, chains }));
}

function wantedRule(family: Family, table: WantedTable, chain: string, port: number): string {
  const [outside, inside] =
    family === 'ipv4' ? ['203.0.113.43/32', '10.0.0.101'] : ['2001:db8::43/128', 'fd00::101'];
  const match = `-d ${outside} -p tcp -m tcp --dport ${port} -m comment --comment "natmap:${port}"`;
  if (table === 'nat' && (chain === 'NATMAP' || chain === 'NATMAP-OUTPUT')) {
    return `${match} -j DNAT --to-destination ${inside}`;
  }
  return `${match} -j ${chain === 'NATMAP-POSTROUTING' ? 'MASQUERADE' : 'ACCEPT'}`;
}
