// What our DROP rules of the filter table shut out: clients of a port that the engine publishes itself,
// but those that a rule before them lets in (templates/refuse.njk).
import { type ReadRule, readConditions } from '../iptables/conditions.ts';
import { findChain, findTable, type Ruleset } from '../iptables/ruleset.ts';
import { type Network, withPort } from '../net/address.ts';
import { formatPorts, type PortRange } from '../net/ports.ts';
import { isProtocol, type Protocol } from '../net/protocol.ts';
import type { Reach } from './reach.ts';

const chain = 'NATMAP';

/** A refusal that comes closes, and one that goes opens. Whom else it lets in, our DNAT rules tell. */
export function changedRefusals(before: Ruleset, after: Ruleset) {
  const [was, is] = [refusalsOf(before), refusalsOf(after)];
  return { opened: without(was, is), closed: without(is, was) };
}

function without(some: readonly Reach[], others: readonly Reach[]): readonly Reach[] {
  const key = ({ protocol, ports, to }: Reach) => `${protocol} ${formatPorts(ports, '-')} ${to}`;
  const known = new Set(others.map(key));
  return some.filter((reach) => !known.has(key(reach)));
}

function refusalsOf(ruleset: Ruleset): readonly Reach[] {
  const admitted = new Map<string, (Network | null)[]>();
  const refused: Reach[] = [];
  for (const { spec } of findChain(findTable(ruleset, 'filter'), chain)?.rules ?? []) {
    const rule = readConditions(spec);
    const service = serviceOf(rule);
    if (service === null) continue;
    const { to, protocol, source, original } = service;
    const key = `${protocol} ${to}`;
    const sources = admitted.get(key) ?? [];
    if (admits(rule, service)) {
      sources.push(source);
      admitted.set(key, sources);
    }
    // Behind an accept of everyone nothing is refused.
    if (!isVerdict(rule, 'DROP') || original === null || sources.includes(null)) continue;
    const except = sources.map((each) => ({ ...everyone, source: each }));
    const at = { table: 'filter', chain, spec } as const;
    const fixed = { hook: 'PREROUTING', door: everyone, isConditional: true, rule: at } as const;
    refused.push({ ...fixed, protocol, ports: original, except, to });
  }
  return refused;
}

const everyone = { ext: null, inInterface: null, source: null };

interface Service {
  readonly to: string;
  readonly protocol: Protocol;
  readonly source: Network | null;
  /** The ports that clients connect to. */
  readonly original: PortRange | null;
}

/** The address and port inside that a rule is about, or null. */
function serviceOf({ conditions }: ReadRule): Service | null {
  const networkOf = (kind: 'source' | 'destination') =>
    conditions.flatMap((each) =>
      each.kind === kind && 'network' in each ? [each.network] : [],
    )[0];
  const portsOf = (kind: 'destination-ports' | 'original-ports') =>
    conditions.flatMap((each) => (each.kind === kind && 'ports' in each ? each.ports : []))[0];
  const [protocol = ''] = conditions.flatMap((each) =>
    each.kind === 'protocol' ? [each.name] : [],
  );
  const [destination, inside] = [networkOf('destination'), portsOf('destination-ports')];
  if (!isProtocol(protocol) || destination === undefined || inside === undefined) return null;
  return {
    to: withPort(destination.base, formatPorts(inside, '-')),
    protocol,
    source: networkOf('source') ?? null,
    original: portsOf('original-ports') ?? null,
  };
}

/** By an accept, or by leaving what the engine publishes to its own rules (templates/spare.njk). */
function admits(rule: ReadRule, { original }: Service): boolean {
  return isVerdict(rule, 'ACCEPT') || (isVerdict(rule, 'RETURN') && original !== null);
}

function isVerdict({ verdict }: ReadRule, target: string): boolean {
  return verdict.kind === 'jump' && verdict.target === target;
}
