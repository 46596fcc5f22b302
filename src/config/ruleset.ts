// What rules.d means: entries with typed values, each of which knows where it was written.
import type { Located, Place } from '../diagnostic/source.ts';
import type { Address, Network } from '../net/address.ts';
import type { Mark } from '../net/mark.ts';
import type { PortRange } from '../net/ports.ts';
import type { Protocol } from '../net/protocol.ts';

/** Everything read from rules.d, files in byte order of their names, entries in textual order. */
export interface RuleSet {
  readonly entries: readonly Entry[];
  /** What Docker's `bridge-accept-fwmark` is, or null where the rules do not say. */
  readonly acceptMark: Located<Mark> | null;
  /** Where the jump from DOCKER-USER goes; left out where the rules do not say. */
  readonly dockerUser?: Located<DockerUserPlace>;
}

/** Behind what others drop or reject there when the jump is made; or first, and kept first. */
export const dockerUserPlaces = ['behind-drops', 'first'] as const;

export type DockerUserPlace = (typeof dockerUserPlaces)[number];

export type Entry =
  | DnatEntry
  | SnatEntry
  | HairpinEntry
  | DockerEntry
  | PublishEntry
  | MasqueradeEntry;

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
  readonly inside: SnatInside;
  /** Null means whatever interface leads out of the container's own network. */
  readonly extIf: string | null;
  /** Null means MASQUERADE. */
  readonly extIp: Located<Address> | null;
}

/** Whose packets are translated. */
export type SnatInside =
  | { readonly kind: 'address'; readonly network: Located<Network> }
  | { readonly kind: 'container' | 'network'; readonly reference: Located<string> };

export interface HairpinEntry extends EntryBase {
  readonly kind: 'hairpin';
  readonly extIp: Located<Address>;
  readonly intIp: Located<Address>;
  readonly ports: readonly Located<PortRange>[];
  readonly protocols: readonly Protocol[];
  readonly intPort: Located<number> | null;
  readonly lanCidr: Located<Network> | null;
}

export interface DockerEntry extends EntryBase {
  readonly kind: 'docker';
  readonly target: DockerTarget;
  readonly ports: readonly Located<PublishedPort>[];
  /** Null means that one container is meant. */
  readonly balance: BalanceMode | null;
  readonly whenStopped: WhenStopped;
  readonly extIf: string | null;
  readonly sources: readonly Located<Network>[];
}

/** How new connections are spread over several containers: by chance, or in turn. */
export const balanceModes = ['random', 'round-robin'] as const;

export type BalanceMode = (typeof balanceModes)[number];

/** What comes of an entry while its container is stopped. */
export const whenStoppedModes = ['error', 'omit'] as const;

type WhenStopped = (typeof whenStoppedModes)[number];

type DockerTarget =
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

export interface PublishEntry extends EntryBase {
  readonly kind: 'publish';
  readonly from: PublishOrigin;
  /** Host addresses that a label may name, besides 127.0.0.1 and ::1. */
  readonly addresses: readonly Located<Address>[];
  /** Null means every container. */
  readonly select: Selection | null;
  /** Null means that none is left out. */
  readonly exclude: Selection | null;
  readonly extIf: string | null;
  readonly sources: readonly Located<Network>[];
}

/** Where the ports come from: what the engine publishes, or what containers ask for in a label. */
export const publishOrigins = ['published', 'labels'] as const;

type PublishOrigin = (typeof publishOrigins)[number];

/** The containers of which all of this holds. Values are globs: `*` is any text, `?` one character. */
export interface Selection {
  /** Null means any. */
  readonly name: string | null;
  /** The compose project; null means any, or none. */
  readonly project: string | null;
  readonly labels: ReadonlyMap<string, string>;
}

export interface MasqueradeEntry extends EntryBase {
  readonly kind: 'masquerade';
  readonly network: Located<string>;
}
