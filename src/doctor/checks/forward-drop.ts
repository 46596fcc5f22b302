// Packets that only pass through, are refused in FORWARD, and have no accept of ours: natmap makes
// none for snat entries, and a template of one's own may print none.
import { isForward, type Mapping, type SnatMapping } from '../../compile/mapping.ts';
import { findTable, type Ruleset, type Table } from '../../iptables/ruleset.ts';
import { dockerUser } from '../../iptables/wanted.ts';
import { formatNetworkShort } from '../../net/address.ts';
import { type Family, familyNames } from '../../net/family.ts';
import type { Check } from '../check.ts';
import { iptablesLine } from '../commands.ts';
import type { Facts } from '../facts.ts';
import type { Found } from '../finding.ts';
import { deviceTo, liveRules, mappingsOf } from '../host.ts';
import { anyTraffic, forwarded } from '../journeys.ts';
import { affected, isForOthers } from '../mappings.ts';
import type { Traffic } from '../traffic.ts';
import { type Fate, isRefused, walk } from '../walk.ts';

export const forwardDrop: Check = {
  code: 'forward-drop',
  find: (facts) =>
    liveRules(facts).flatMap((live) => {
      const filter = findTable(live, dockerUser.table);
      return filter === undefined ? [] : findRefused(filter, live, facts);
    }),
};

function findRefused(filter: Table, live: Ruleset, facts: Facts): readonly Found[] {
  const mappings = mappingsOf(facts, live.family);
  const outgoing = mappings
    .filter((mapping) => mapping.kind === 'snat')
    .flatMap((mapping) => findOutgoing(mapping, filter, facts));
  return [...outgoing, ...findUncovered(mappings, filter, live.family, facts)];
}

/** One direction of the connections of an entry, and what an accepting rule asks for. */
interface Direction {
  readonly traffic: Traffic;
  readonly asks: readonly string[];
}

function findOutgoing(mapping: SnatMapping, filter: Table, facts: Facts): readonly Found[] {
  const refused = directionsOf(mapping, facts).filter(({ traffic }) =>
    isRefused(walk(filter, dockerUser.from, traffic)),
  );
  const [first] = refused;
  if (first === undefined) return [];
  const { family } = mapping;
  return [
    {
      severity: 'error',
      message: `FORWARD (${familyNames[family]}) refuses ${first.traffic.direction === 'REPLY' ? 'the replies to ' : ''}what an snat entry translates`,
      reason:
        'natmap decides which address connections leave with; that they may leave is the ' +
        "administrator's matter, so it makes no rule that accepts them.",
      rules: [endOf(walk(filter, dockerUser.from, first.traffic))],
      affected: [affected(mapping)],
      commands: refused.map(({ asks, traffic }) =>
        iptablesLine(facts, family, '-w', '-I', placeFor(traffic, filter), ...asks, '-j', 'ACCEPT'),
      ),
      note: 'to keep it after a boot, have it loaded with your other rules',
    },
  ];
}

function directionsOf({ int, extIf }: SnatMapping, facts: Facts): readonly Direction[] {
  const inside = int.prefix === 0 ? null : deviceTo(facts, int.base);
  const net = formatNetworkShort(int);
  // TCP stands for all protocols: a rule that accepts ping only is no way out.
  const tcp: Traffic = { ...anyTraffic, protocol: 'tcp' };
  return [
    {
      traffic: { ...tcp, source: int, in: inside, out: extIf },
      asks: ['-s', net, '-o', extIf],
    },
    {
      traffic: {
        ...tcp,
        destination: int,
        in: extIf,
        out: inside,
        states: ['ESTABLISHED', 'SNAT'],
        direction: 'REPLY',
      },
      asks: ['-d', net, '-i', extIf, '-m', 'conntrack', '--ctstate', 'RELATED,ESTABLISHED'],
    },
  ];
}

/** DOCKER-USER is where Docker leaves an administrator's rules alone, if packets come there. */
function placeFor(traffic: Traffic, filter: Table): string {
  const fate = walk(filter, dockerUser.from, traffic, dockerUser.chain);
  return fate.kind === 'reaches' ? dockerUser.chain : dockerUser.from;
}

function endOf(fate: Fate): string {
  return fate.kind === 'ends' ? fate.rule : `-P ${dockerUser.from} DROP`;
}

function findUncovered(
  mappings: readonly Mapping[],
  filter: Table,
  family: Family,
  facts: Facts,
): readonly Found[] {
  const covered = coveredMappings(facts, family);
  const refused = mappings
    .filter(isForward)
    .filter((mapping) => isForOthers(mapping) && !covered.has(mapping))
    .map((mapping) => ({ mapping, fate: walk(filter, dockerUser.from, forwarded(mapping, facts)) }))
    .filter(({ fate }) => isRefused(fate));
  if (refused.length === 0) return [];
  return [
    {
      severity: 'error',
      message: `FORWARD (${familyNames[family]}) refuses what mappings let in, and no rule of theirs accepts it`,
      reason: 'A template of your own prints no rule into filter NATMAP for them.',
      rules: [...new Set(refused.map(({ fate }) => endOf(fate)))],
      affected: refused.map(({ mapping }) => affected(mapping)),
      commands: [],
      note: 'print an accept as the built-in template does, and apply',
    },
  ];
}

/** The mappings that have a rule of their own in the filter table. */
function coveredMappings({ intent }: Facts, family: Family): ReadonlySet<Mapping> {
  const wanted = intent.wanted.find((each) => each.family === family);
  const chains = (wanted?.chains ?? []).filter(({ table }) => table === 'filter');
  const rules = chains.flatMap((chain) => chain.rules);
  return new Set(rules.flatMap(({ origin }) => [...(origin?.serves ?? [])]));
}
