// Clients that natmap's source restrictions in mangle block: those of a port that the engine opens to everyone,
// but for those that the restriction's chain lets return (templates/restrict.njk).
import { isOwnedChain } from '../iptables/owned.ts';
import type { Network } from '../net/address.ts';
import type { Family } from '../net/family.ts';
import { formatPorts } from '../net/ports.ts';
import { protocolNumbers, protocols } from '../net/protocol.ts';
import type { ReadRule, ReadTables } from '../netfilter/tables.ts';
import type { Box } from '../packet/box.ts';
import { addressKindSet } from '../packet/dimensions.ts';
import { everyPacket, setCovers } from '../packet/packet-set.ts';
import { closedRanges, rangesContain, rangesOverlap } from '../packet/range-set.ts';
import { dividingNetworks } from '../packet/values.ts';
import { spaceKey, spacesOf } from './header-space.ts';
import type { ReachabilityChange } from './reachability-diff.ts';

/**
 * A restriction that comes closes, and one that goes opens. Which sources it lets in, the DNAT rules tell.
 */
export function restrictionDiff(before: ReadTables, after: ReadTables) {
  const [was, is] = [restrictionsOf(before), restrictionsOf(after)];
  return { opened: without(was, is), closed: without(is, was) };
}

function without(
  some: readonly ReachabilityChange[],
  others: readonly ReachabilityChange[],
): readonly ReachabilityChange[] {
  const key = ({ protocol, ports, space }: ReachabilityChange) =>
    `${protocol} ${formatPorts(ports, '-')} ${spaceKey(space)}`;
  const known = new Set(others.map(key));
  return some.filter((change) => !known.has(key(change)));
}

function restrictionsOf(tables: ReadTables): readonly ReachabilityChange[] {
  const { family } = tables.context;
  const rules = tables.chain('mangle', 'NATMAP')?.rules ?? [];
  const entrances = rules.flatMap((rule) => entrancesOf(rule, family));
  // A published port's own direct way is the same restriction again.
  const publishing = new Set(entrances.flatMap(({ chain, isDirect }) => (isDirect ? [] : [chain])));
  return entrances
    .filter(({ chain, isDirect }) => !isDirect || !publishing.has(chain))
    .flatMap(({ chain, change }): ReachabilityChange[] => {
      const sources = letIn(tables.chain('mangle', chain)?.rules ?? [], family);
      if (sources === null) return [];
      return [{ ...change, except: sources.map((source) => ({ ...change.space, source })) }];
    });
}

interface Entrance {
  readonly chain: string;
  /** Whether it is about clients with a route to the container. */
  readonly isDirect: boolean;
  readonly change: ReachabilityChange;
}

/** The rule that sends a port's packets to a chain that restricts them; none for any other rule. */
function entrancesOf({ rule, action, packets }: ReadRule, family: Family): readonly Entrance[] {
  if (action.kind !== 'jump' || !isOwnedChain(action.chain)) return [];
  const boxes = packets.atMost;
  const [box] = boxes;
  const protocol = protocols.find(
    (name) => box?.protocol !== undefined && rangesContain(box.protocol, protocolNumbers[name]),
  );
  const [ports] = closedRanges(box?.destinationPort ?? []);
  const [space] = spacesOf(boxes, family);
  if (protocol === undefined || ports === undefined || space === undefined) return [];
  const isDirect = boxes.every(isPastHost);
  const change: ReachabilityChange = {
    ...{ hook: 'PREROUTING', isConditional: false, except: [] },
    ...{ protocol, ports, space },
    to: isDirect ? 'containers there' : 'what the engine publishes',
    rule: { table: 'mangle', chain: 'NATMAP', spec: rule.spec },
  };
  return [{ chain: action.chain, isDirect, change }];
}

/** The sources that return before all others are dropped; null where not all others are. */
function letIn(rules: readonly ReadRule[], family: Family): readonly Network[] | null {
  const sources: Network[] = [];
  for (const { action, packets } of rules) {
    if (action.kind === 'return') {
      for (const { source } of packets.atMost) {
        const networks = source === undefined ? [] : dividingNetworks(source, family);
        sources.push(...networks.filter((network) => network !== null));
      }
    }
    if (action.kind === 'drop' && setCovers(packets.atLeast, everyPacket)) return sources;
  }
  return null;
}

/** Whether only packets to others than this host match, which have a route to the container. */
function isPastHost({ destinationType }: Box): boolean {
  return (
    destinationType !== undefined && !rangesOverlap(destinationType, addressKindSet(['LOCAL']))
  );
}
