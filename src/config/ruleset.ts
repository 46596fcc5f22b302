// What rules.d means: entries with typed values, each of which knows where it was written.
import type { Located, Place } from '../diagnostic/source.ts';
import type { Address, Network } from '../net/address.ts';
import type { PortRange } from '../net/ports.ts';
import type { Protocol } from '../net/protocol.ts';

/** Everything read from rules.d, files in byte order of their names, entries in textual order. */
export interface RuleSet {
  readonly entries: readonly Entry[];
}

export type Entry = DnatEntry | SnatEntry | HairpinEntry | DockerEntry;

export type EntryKind = Entry['kind'];

interface EntryBase {
  /** The whole entry. */
  readonly at: Place;
  /** The author's label, or null. */
  readonly name: string | null;
}

export interface DnatEntry extends EntryBase {
  readonly kind: 'dnat';
  /** Null means every address, on the interface of `extIf`. */
  readonly extIp: Located<Address> | null;
  readonly intIp: Located<Address>;
  readonly ports: readonly Located<PortRange>[];
  readonly protocols: readonly Protocol[];
  readonly extIf: string | null;
  readonly intPort: Located<number> | null;
  /** Empty means every source. */
  readonly sources: readonly Located<Network>[];
  readonly local: boolean;
}

export interface SnatEntry extends EntryBase {
  readonly kind: 'snat';
  readonly intIp: Located<Network>;
  readonly extIf: string;
  /** Null means MASQUERADE. */
  readonly extIp: Located<Address> | null;
}

export interface HairpinEntry extends EntryBase {
  readonly kind: 'hairpin';
  readonly extIp: Located<Address>;
  readonly intIp: Located<Address>;
  readonly ports: readonly Located<PortRange>[];
  readonly protocols: readonly Protocol[];
  readonly lanCidr: Located<Network> | null;
}

export interface DockerEntry extends EntryBase {
  readonly kind: 'docker';
  readonly target: DockerTarget;
  readonly ports: readonly Located<PublishedPort>[];
  readonly sources: readonly Located<Network>[];
}

export type DockerTarget =
  | {
      readonly kind: 'container';
      readonly reference: Located<string>;
      readonly network: Located<string> | null;
    }
  | { readonly kind: 'address'; readonly address: Located<Address> };

/** Docker's `[HOST_IP:]HOST_PORT[:CONTAINER_PORT][/PROTO]`; both ranges have the same width. */
export interface PublishedPort {
  /** Null when none was written. */
  readonly host: Address | null;
  readonly hostPorts: PortRange;
  readonly containerPorts: PortRange;
  readonly protocol: Protocol;
}
