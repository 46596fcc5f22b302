// Mappings that never count, because an earlier one takes all of their connections to the same place.
import { claimedSources, speaksForItself, targetText } from '../compile/claims.ts';
import { type ForwardMapping, isForward, type Mapping, writtenKey } from '../compile/mapping.ts';
import { external } from '../compile/words.ts';
import type { Report } from '../diagnostic/diagnostic.ts';
import {
  formatNetwork,
  isLoopback,
  type Network,
  networkContains,
  widerNetworks,
} from '../net/address.ts';
import { interfaceCovers } from '../net/interface.ts';
import type { PortRange } from '../net/ports.ts';

export function reportShadowed(mappings: readonly Mapping[], report: Report): void {
  const earlier = new EarlierClaims();
  const told = new Set<string>();
  for (const mapping of mappings) {
    if (!isForward(mapping) || !speaksForItself(mapping)) continue;
    const first = earlier.shadowing(mapping);
    earlier.add(mapping);
    if (first === undefined || told.has(writtenKey(mapping))) continue;
    told.add(writtenKey(mapping));
    tell(first, mapping, report);
  }
}

/** Mappings filed by what they claim and where they lead, so that few have to be looked at. */
class EarlierClaims {
  private readonly filed = new Map<string, ForwardMapping[]>();
  private readonly prefixes = new Set<number>();

  add(mapping: ForwardMapping): void {
    for (const source of claimedSources(mapping) ?? [null]) {
      if (source !== null) this.prefixes.add(source.prefix);
      const [ports] = portKeys(mapping);
      const key = fileKey(mapping, mapping.ext?.text ?? '*', sourceKey(source), ports);
      const known = this.filed.get(key);
      if (known === undefined) this.filed.set(key, [mapping]);
      else known.push(mapping);
    }
  }

  /** What shadows a mapping takes its first source as well as any other. */
  shadowing(mapping: ForwardMapping): ForwardMapping | undefined {
    const [source = null] = claimedSources(mapping) ?? [];
    for (const ext of new Set([mapping.ext?.text ?? '*', '*'])) {
      for (const each of this.wider(source)) {
        for (const ports of portKeys(mapping)) {
          const claims = this.filed.get(fileKey(mapping, ext, each, ports));
          const found = claims?.find((claim) => shadows(claim, mapping));
          if (found !== undefined) return found;
        }
      }
    }
    return undefined;
  }

  /** The keys of all networks that hold this one. */
  private wider(source: Network | null): string[] {
    if (source === null) return [sourceKey(null)];
    return [null, source, ...widerNetworks(source, [...this.prefixes])].map(sourceKey);
  }
}

const ranges = 'ranges';

/** A port is filed by its number and shadowed by that or by a range; a range only by another one. */
function portKeys({ ports: { first, last } }: ForwardMapping): readonly [string, ...string[]] {
  return first === last ? [`${first}`, ranges] : [ranges];
}

function fileKey(mapping: ForwardMapping, ext: string, source: string, port: string): string {
  const { kind, family, protocol, ports, intPorts } = mapping;
  return [
    kind,
    family,
    protocol,
    targetText(mapping),
    intPorts.first - ports.first,
    ext,
    source,
    port,
  ].join(' ');
}

function sourceKey(source: Network | null): string {
  return source === null ? '*' : formatNetwork(source);
}

function tell(first: ForwardMapping, second: ForwardMapping, report: Report): void {
  report({
    code: 'shadowed',
    severity: 'warning',
    message: `an earlier mapping takes all of ${external(second)} to the same place`,
    at: second.at,
    hint: isRestricted(second, first)
      ? 'the earlier one lets more sources in: restrict that, or drop this one'
      : 'drop this one',
    related: [{ message: 'the earlier mapping', at: first.at }],
  });
}

/**
 * Whether every rule of `b` is dead behind those of `a`, which leads to the same place. Mappings of two
 * kinds never shadow each other wholly: a hairpin masquerades too, and a container is reached from
 * this host.
 */
function shadows(a: ForwardMapping, b: ForwardMapping): boolean {
  if (!portsContain(a.ports, b.ports) || !addressCovers(a, b)) return false;
  if (a.kind === 'dnat' && b.kind === 'dnat') {
    const interfaces = a.extIf === null || (b.extIf !== null && interfaceCovers(a.extIf, b.extIf));
    // From this host only the address and the ports count.
    const local = !b.local || (a.local && a.ext?.text === b.ext?.text);
    return interfaces && local && sourcesCover(a, b);
  }
  if (a.kind === 'hairpin' && b.kind === 'hairpin') {
    // Without a LAN every source is masqueraded, and none but the server is redirected.
    return (a.lan === null) === (b.lan === null) && sourcesCover(a, b);
  }
  return a.kind === 'docker' && b.kind === 'docker' && (isOnLoopback(b) || sourcesCover(a, b));
}

function portsContain(outer: PortRange, inner: PortRange): boolean {
  return outer.first <= inner.first && inner.last <= outer.last;
}

/** A container's port without a host address is that of all addresses of this host, IPv4's loopback too. */
function addressCovers(a: ForwardMapping, b: ForwardMapping): boolean {
  if (a.ext?.text === b.ext?.text) return true;
  if (a.ext !== null) return false;
  return a.kind === 'dnat' || (isOnLoopback(b) && b.family === 'ipv4');
}

function isOnLoopback({ ext }: ForwardMapping): boolean {
  return ext !== null && isLoopback(ext);
}

function sourcesCover(a: ForwardMapping, b: ForwardMapping): boolean {
  const [outer, inner] = [claimedSources(a), claimedSources(b)];
  if (outer === null) return true;
  return inner?.every((network) => isWithin(network, outer)) ?? false;
}

function isWithin(network: Network, networks: readonly Network[]): boolean {
  return networks.some((outer) => networkContains(outer, network));
}

function isRestricted(mapping: ForwardMapping, to: ForwardMapping): boolean {
  return claimedSources(mapping) !== null && !sourcesCover(mapping, to);
}
