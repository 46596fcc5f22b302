// What entries compile to: one external address and port range to one internal address and port
// range, for one protocol and one family.
import type { EntryKind } from '../config/ruleset.ts';
import type { Place } from '../diagnostic/source.ts';
import type { Address, Network } from '../net/address.ts';
import type { Family } from '../net/family.ts';
import type { PortRange } from '../net/ports.ts';
import type { Protocol } from '../net/protocol.ts';

export type Mapping = DnatMapping | SnatMapping | HairpinMapping | DockerMapping;

/** Mappings that lead connections to an address and port to another one. */
export type ForwardMapping = DnatMapping | HairpinMapping | DockerMapping;

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
  /** Null means every source; empty, no source of this family. */
  readonly sources: readonly Network[] | null;
  /** Host ports by which Docker itself lets everyone in to these container ports. */
  readonly published: readonly PublishedByDocker[];
}

export interface PublishedByDocker {
  readonly hostPort: number;
  readonly containerPort: number;
}

export interface SnatMapping extends MappingBase {
  readonly kind: 'snat';
  readonly int: Network;
  readonly extIf: string;
  /** Null means MASQUERADE. */
  readonly ext: Address | null;
}

/** Where the mapping was written: its ports, where it has any. */
export function placeOf(mapping: Mapping): Place {
  return mapping.kind === 'snat' ? mapping.origin.at : mapping.at;
}
