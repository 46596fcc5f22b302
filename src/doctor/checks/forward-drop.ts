// Packets that only pass through, are refused in FORWARD, and have no accept of natmap's: natmap makes
// none for snat entries, and a template of one's own may print none.
import { isForward, type Mapping, type SnatMapping } from '../../compile/mapping.ts';
import type { Ruleset } from '../../iptables/ruleset.ts';
import { dockerUser } from '../../iptables/wanted.ts';
import { formatNetworkShort } from '../../net/address.ts';
import { type Family, familyNames } from '../../net/family.ts';
import { readRuleLine } from '../../netfilter/tables.ts';
import { type ChainEnd, isRefused } from '../chain-end.ts';
import type { Check } from '../check.ts';
import { iptablesLine } from '../commands.ts';
import { forwarded } from '../expected-paths.ts';
import type { Facts } from '../facts.ts';
import type { Found } from '../finding.ts';
import { deviceTo, liveRules, mappingsOf } from '../host.ts';
import { liveEnd } from '../live-tables.ts';
import { affected, isForOthers } from '../mappings.ts';
import { anyPackets, type PacketKind } from '../packets.ts';

export const forwardDrop: Check = {
  code: 'forward-drop',
  find: (facts) => liveRules(facts).flatMap((live) => findRefused(live, facts)),
};

function findRefused(live: Ruleset, facts: Facts): readonly Found[] {
  const mappings = mappingsOf(facts, live.family);
  const outgoing = mappings
    .filter((mapping) => mapping.kind === 'snat')
    .flatMap((mapping) => findOutgoing(mapping, live, facts));
  return [...outgoing, ...findUncovered(mappings, live, facts)];
}

/** One direction of the connections of an entry, and what an accepting rule asks for. */
interface Direction {
  readonly packets: PacketKind;
  readonly asks: readonly string[];
}

function findOutgoing(mapping: SnatMapping, live: Ruleset, facts: Facts): readonly Found[] {
  const refused = directionsOf(mapping, facts).filter(({ packets }) =>
    isRefused(liveEnd(live, facts, forward, packets)),
  );
  const [first] = refused;
  if (first === undefined) return [];
  const { family } = mapping;
  return [
    {
      severity: 'error',
      message: `FORWARD (${familyNames[family]}) refuses ${first.packets.direction === 'REPLY' ? 'the replies to ' : ''}what an snat entry translates`,
      reason:
        'natmap decides which address connections leave with; that they may leave is the ' +
        "administrator's matter, so it makes no rule that accepts them.",
      rules: [endInWords(liveEnd(live, facts, forward, first.packets))],
      affected: [affected(mapping)],
      commands: refused.map(({ asks, packets }) =>
        iptablesLine(
          ...([facts, family, '-w', '-I', placeFor(packets, live, facts)] as const),
          ...[...asks, '-j', 'ACCEPT'],
        ),
      ),
      note: 'to keep it after a boot, have it loaded with your other rules',
    },
  ];
}

function directionsOf({ int, extIf, bridge }: SnatMapping, facts: Facts): readonly Direction[] {
  const outside = (option: string) =>
    extIf === null ? ['!', option, bridge ?? ''] : [option, extIf];
  const inside = int.prefix === 0 ? null : deviceTo(facts, int.base);
  const net = formatNetworkShort(int);
  // TCP stands for all protocols: a rule that accepts ping only is no way out.
  const tcp: PacketKind = { ...anyPackets, protocol: 'tcp' };
  return [
    {
      packets: { ...tcp, source: int, in: inside, out: extIf },
      asks: ['-s', net, ...outside('-o')],
    },
    {
      packets: {
        ...tcp,
        destination: int,
        in: extIf,
        out: inside,
        state: 'ESTABLISHED',
        translated: 'SNAT',
        direction: 'REPLY',
      },
      asks: ['-d', net, ...outside('-i'), '-m', 'conntrack', '--ctstate', 'RELATED,ESTABLISHED'],
    },
  ];
}

/** DOCKER-USER is where Docker leaves an administrator's rules alone, if packets come there. */
function placeFor(packets: PacketKind, live: Ruleset, facts: Facts): string {
  const end = liveEnd(live, facts, { ...forward, until: dockerUser.chain }, packets);
  return end.kind === 'reached' ? dockerUser.chain : dockerUser.from;
}

function endInWords(end: ChainEnd): string {
  return end.kind === 'rule' ? readRuleLine(end.rule) : `-P ${dockerUser.from} DROP`;
}

const forward = { table: dockerUser.table, from: dockerUser.from };

function findUncovered(
  mappings: readonly Mapping[],
  live: Ruleset,
  facts: Facts,
): readonly Found[] {
  const { family } = live;
  const covered = coveredMappings(facts, family);
  const refused = mappings
    .filter(isForward)
    .filter((mapping) => isForOthers(mapping) && !covered.has(mapping))
    .map((mapping) => ({
      mapping,
      end: liveEnd(live, facts, forward, forwarded(mapping, facts)),
    }))
    .filter(({ end }) => isRefused(end));
  if (refused.length === 0) return [];
  return [
    {
      severity: 'error',
      message: `FORWARD (${familyNames[family]}) refuses what mappings let in, and no rule of theirs accepts it`,
      reason: 'A template of your own prints no rule into filter NATMAP for them.',
      rules: [...new Set(refused.map(({ end }) => endInWords(end)))],
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
