// Whom natmap's restrictions in mangle block: clients of a port that the engine opens to everyone, but for
// those that the restriction's chain lets return (templates/restrict.njk).
import { type Condition, type ReadRule, readConditions } from '../iptables/conditions.ts';
import { isOwnedChain } from '../iptables/owned.ts';
import { findChain, findTable, type Ruleset } from '../iptables/ruleset.ts';
import type { Network } from '../net/address.ts';
import { formatPorts } from '../net/ports.ts';
import { isProtocol } from '../net/protocol.ts';
import type { Door } from './claim.ts';
import { doorKey } from './doors.ts';
import type { Reach } from './reach.ts';

/** A restriction that comes closes, and one that goes opens. Which sources it lets in, the DNAT rules tell. */
export function changedRestrictions(before: Ruleset, after: Ruleset) {
  const [was, is] = [restrictionsOf(before), restrictionsOf(after)];
  return { opened: without(was, is), closed: without(is, was) };
}

function without(some: readonly Reach[], others: readonly Reach[]): readonly Reach[] {
  const key = ({ protocol, ports, door }: Reach) =>
    `${protocol} ${formatPorts(ports, '-')} ${doorKey(door)}`;
  const known = new Set(others.map(key));
  return some.filter((reach) => !known.has(key(reach)));
}

function restrictionsOf(ruleset: Ruleset): readonly Reach[] {
  const table = findTable(ruleset, 'mangle');
  const rules = (findChain(table, 'NATMAP')?.rules ?? []).flatMap(({ spec }) => entranceOf(spec));
  // A published port's own direct way is the same restriction again.
  const publishing = new Set(rules.flatMap(({ chain, isDirect }) => (isDirect ? [] : [chain])));
  return rules
    .filter(({ chain, isDirect }) => !isDirect || !publishing.has(chain))
    .flatMap(({ chain, reach }): Reach[] => {
      const sources = letIn(findChain(table, chain)?.rules.map(({ spec }) => spec) ?? []);
      if (sources === null) return [];
      return [{ ...reach, except: sources.map((source) => ({ ...reach.door, source })) }];
    });
}

interface Entrance {
  readonly chain: string;
  /** Whether it is about clients with a route to the container. */
  readonly isDirect: boolean;
  readonly reach: Reach;
}

/** The rule that leads a port's packets to a chain that restricts them; none for any other rule. */
function entranceOf(spec: string): readonly Entrance[] {
  const { conditions, verdict } = readConditions(spec);
  if (verdict.kind !== 'jump' || !isOwnedChain(verdict.target)) return [];
  const protocol = protocolOf(conditions) ?? '';
  const ports = portsOf(conditions);
  if (!isProtocol(protocol) || ports === undefined) return [];
  const network = networkOf(conditions, 'destination');
  const isDirect = conditions.some(isPastHost);
  const door: Door = { ext: network ?? 'local', inInterface: null, source: null };
  const rule = { table: 'mangle', chain: 'NATMAP', spec } as const;
  const to = isDirect ? 'containers there' : 'what the engine publishes';
  const fixed = { hook: 'PREROUTING', isConditional: false, except: [] } as const;
  return [
    { chain: verdict.target, isDirect, reach: { ...fixed, protocol, ports, door, to, rule } },
  ];
}

/** The sources that return before all others are dropped; null where not all others are. */
function letIn(specs: readonly string[]): readonly Network[] | null {
  const sources: Network[] = [];
  for (const rule of specs.map(readConditions)) {
    const source = networkOf(rule.conditions, 'source');
    if (isVerdict(rule, 'RETURN') && source !== undefined) sources.push(source);
    if (isVerdict(rule, 'DROP') && rule.conditions.length === 0) return sources;
  }
  return null;
}

function networkOf(conditions: readonly Condition[], kind: 'source' | 'destination') {
  return conditions.flatMap((each) =>
    each.kind === kind && 'network' in each ? [each.network] : [],
  )[0];
}

function portsOf(conditions: readonly Condition[]) {
  return conditions.flatMap((each) => (each.kind === 'destination-ports' ? each.ports : []))[0];
}

function protocolOf(conditions: readonly Condition[]): string | undefined {
  return conditions.flatMap((each) => (each.kind === 'protocol' ? [each.name] : []))[0];
}

/** Whether only packets to others than this host match, which have a route to the container. */
function isPastHost(condition: Condition): boolean {
  return (
    condition.kind === 'destination-types' &&
    condition.inverted &&
    condition.values.includes('LOCAL')
  );
}

function isVerdict({ verdict }: ReadRule, target: string): boolean {
  return verdict.kind === 'jump' && verdict.target === target;
}
