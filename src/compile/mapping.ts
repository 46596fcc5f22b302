// What entries compile to: one external address and port range to one internal address and port
// range, for one protocol and one family.
import type { BalanceMode, EntryKind } from '../config/ruleset.ts';
import { type Place, placeKey } from '../diagnostic/source.ts';
import type { Address, Network } from '../net/address.ts';
import type { Family } from '../net/family.ts';
import type { PortRange } from '../net/ports.ts';
import type { Protocol } from '../net/protocol.ts';

export type Mapping =
  | DnatMapping
  | SnatMapping
  | HairpinMapping
  | DockerMapping
  | MasqueradeMapping
  | Safeguard;

/** Mappings that lead connections to an address and port to another one. */
export type ForwardMapping = DnatMapping | HairpinMapping | DockerMapping;

/** What entries about ports of containers compile to. */
export type ContainerMapping = DockerMapping | SourceRestriction;

/** What no entry asks for by itself: it keeps a mapping from letting in more than was asked for. */
type Safeguard = SourceRestriction | IsolationMapping;

/** The entry that a mapping, a rule or a line comes from. */
export interface Origin {
  readonly kind: EntryKind;
  readonly at: Place;
  readonly name: string | null;
}

interface MappingBase {
  readonly family: Family;
  readonly origin: Origin;
}

interface ForwardBase extends MappingBase {
  /** Where the ports were written. */
  readonly at: Place;
  readonly protocol: Protocol;
  /** Null means every address. */
  readonly ext: Address | null;
  readonly ports: PortRange;
  readonly int: Address;
  /** As wide as `ports`. */
  readonly intPorts: PortRange;
}

export interface DnatMapping extends ForwardBase {
  readonly kind: 'dnat';
  readonly extIf: string | null;
  /** Null means every source. */
  readonly sources: readonly Network[] | null;
  readonly local: boolean;
}

export interface HairpinMapping extends ForwardBase {
  readonly kind: 'hairpin';
  readonly ext: Address;
  readonly lan: Network | null;
}

export interface DockerMapping extends ForwardBase {
  readonly kind: 'docker';
  /** The container's name, the entry's label or the address. */
  readonly service: string;
  /** The interface by which connections come in; null means every one. */
  readonly extIf: string | null;
  /** Null means every source; empty, no source of this family. */
  readonly sources: readonly Network[] | null;
  /** Null when all connections go to this one. */
  readonly share: Share | null;
  /** Set where a container asked for the port in a label: such a mapping gives way to any other. */
  readonly requested?: true;
  /** Null where the engine does not publish this very port itself. */
  readonly publisher: Publisher | null;
}

/** The place of a mapping among several that the same connections are spread over. */
export interface Share {
  readonly mode: BalanceMode;
  /** Where all of them lead, in the order of their rules. */
  readonly targets: readonly Address[];
  readonly index: number;
}

/**
 * The engine's own proxy, which listens on the host: it serves connections to loopback addresses and
 * those of the container's neighbours, neither of which NAT alone can (docs/notes/userland-proxy.md).
 */
interface Publisher {
  /** The neighbours' bridge, or null where the snapshot does not tell. */
  readonly bridge: string | null;
}

/** An address of a container, and the bridge behind which it is where the snapshot tells. */
export interface Endpoint {
  readonly address: Address;
  readonly bridge: string | null;
}

/** A port of a container that the engine opens to everyone, where an entry names its sources. */
export interface SourceRestriction extends MappingBase {
  readonly kind: 'restriction';
  /** The container's name, whatever label the entry has: entries about one port restrict it together. */
  readonly service: string;
  readonly protocol: Protocol;
  /**
   * What the engine publishes of it on the host, null as an address for every one. Null where the gateway
   * mode of the network is `routed`: the port is open at the container's own address only.
   */
  readonly published: { readonly ext: Address | null; readonly ports: PortRange } | null;
  readonly intPorts: PortRange;
  /** The container's addresses of this family. */
  readonly addresses: readonly Address[];
  /** Subnets in which a client with a direct route reaches the container. */
  readonly direct: readonly Network[];
  /** Those of all networks of the container, by which it and its neighbours are let in. */
  readonly bridges: readonly string[];
  /** Who is let in; null lets in everyone, and lifts what other entries restrict. */
  readonly admitted: readonly Admission[] | null;
}

/** Clients that a restriction lets in: at least one of both is given. */
export interface Admission {
  /** Null means every source. */
  readonly source: Network | null;
  /** The interface by which they come in; null means every one. */
  readonly extIf: string | null;
}

export interface MasqueradeMapping extends MappingBase {
  readonly kind: 'masquerade';
  readonly network: string;
  readonly bridge: string;
  /** At least one. */
  readonly subnets: readonly Network[];
  /** Whether there are other networks, which containers of this one must not reach. */
  readonly isolated: boolean;
  /** Without it, containers reach other hosts with their own addresses. */
  readonly translated: boolean;
}

/** A network that containers of other networks do not reach, because some of those are masqueraded. */
export interface IsolationMapping extends MappingBase {
  readonly kind: 'isolation';
  readonly network: string;
  readonly bridge: string;
}

export interface SnatMapping extends MappingBase {
  readonly kind: 'snat';
  readonly int: Network;
  /** Where the packets leave; null means by any interface but `bridge`. */
  readonly extIf: string | null;
  /** That of the network of `int`, where `extIf` is null. */
  readonly bridge: string | null;
  /** Null means MASQUERADE. */
  readonly ext: Address | null;
}

/** The interface by which connections come in for the mapping; null means every one. */
export function ingressOf(mapping: ForwardMapping): string | null {
  return mapping.kind === 'hairpin' ? null : mapping.extIf;
}

/** Where the mapping was written: its ports, where it has any. */
export function placeOf(mapping: Mapping): Place {
  return isForward(mapping) ? mapping.at : mapping.origin.at;
}

/** Equal for what was written once; a publish entry is written once for many containers. */
export function writtenKey(mapping: ForwardMapping): string {
  const container =
    mapping.kind === 'docker' && mapping.origin.kind === 'publish' ? mapping.service : '';
  return `${placeKey(mapping.at)} ${container}`;
}

export function isSafeguard({ kind }: Mapping): boolean {
  return kind === 'restriction' || kind === 'isolation';
}

export function isForward(mapping: Mapping): mapping is ForwardMapping {
  return mapping.kind === 'dnat' || mapping.kind === 'hairpin' || mapping.kind === 'docker';
}
