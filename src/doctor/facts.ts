// What the checks look at: what is wanted, and what was found on the host.
import type { Mapping } from '../compile/mapping.ts';
import type { ClosedPath } from '../diagnostic/closed-path.ts';
import type { Engine, Snapshot } from '../docker/snapshot.ts';
import type { Backends, Ruleset } from '../iptables/ruleset.ts';
import type { Wanted } from '../iptables/wanted.ts';
import type { Family } from '../net/family.ts';
import type { Link } from '../net/link.ts';
import type { Listener } from '../net/listener.ts';
import type { Mark } from '../net/mark.ts';
import type { Route } from '../net/route.ts';
import type { NftTable } from './nft/ruleset.ts';

/** Something on the host, which may not be for everybody to see. */
export type Fact<T> =
  | { readonly kind: 'read'; readonly value: T }
  /** `reason` says why in words. */
  | { readonly kind: 'unread'; readonly reason: string }
  /** Nothing that is wanted has to do with it. */
  | { readonly kind: 'unasked' };

export interface Facts {
  readonly intent: Intent;
  readonly rules: Readonly<Record<Family, Fact<Ruleset>>>;
  /** The rules of the backend that natmap does not use. */
  readonly otherRules: Readonly<Record<Family, Fact<Ruleset>>>;
  /** The rules of nftables, those that iptables does not print included. */
  readonly nftables: Fact<readonly NftTable[]>;
  /** The tables of iptables that are dormant or owned, as nft tells. */
  readonly tableFlags: Readonly<Record<Family, Fact<readonly string[]>>>;
  readonly network: Fact<HostNetwork>;
  /** The settings below /proc/sys, `net/ipv4/ip_forward` and the like; one that is not there is not in it. */
  readonly sysctls: Fact<ReadonlyMap<string, string>>;
  readonly listeners: Fact<readonly Listener[]>;
  /** Rules that are loaded at boot. */
  readonly savedRules: Fact<readonly SavedRules[]>;
  /** What natmap.service cannot read, of the rules and what is given with them. */
  readonly closedPaths: Fact<readonly ClosedPath[]>;
  readonly engine: Fact<EngineFacts>;
  /** The containers as they are now. */
  readonly containers: Fact<Snapshot>;
}

/** What the user wants, and how he asked for it. */
export interface Intent {
  /** Of the chosen families only. */
  readonly mappings: readonly Mapping[];
  readonly wanted: readonly Wanted<Serving | null>[];
  /** What the rules say that Docker's `bridge-accept-fwmark` is, or null. */
  readonly acceptMark: Mark | null;
  /** Null when none was given. */
  readonly snapshot: Snapshot | null;
  readonly backends: Backends;
  readonly commands: Commands;
}

/** Of a rule: null for one that serves no single mapping. */
interface Serving {
  readonly serves: ReadonlySet<Mapping>;
}

/** The beginnings of commands that fix, in the words that fit this call. */
export interface Commands {
  /** `natmap apply` with the inputs given, without the backend. */
  readonly apply: readonly string[];
  /** `--backend nft` where it was given. */
  readonly backend: readonly string[];
  /** Takes the snapshot again, or null where that is not needed or there is no file to write. */
  readonly snapshot: readonly string[] | null;
  /** The programs of the backend given. */
  readonly iptables: Readonly<Record<Family, string>>;
}

export interface HostNetwork {
  readonly links: readonly Link[];
  readonly routes: readonly Route[];
}

export interface SavedRules {
  readonly path: string;
  readonly rules: Ruleset;
}

/** The engine as it is now: what makes it make rules was asked on this host. */
export type EngineFacts = Engine;

/** The value, or null where it was not read: a check that needs it then finds nothing. */
export function known<T>(fact: Fact<T>): T | null {
  return fact.kind === 'read' ? fact.value : null;
}

export function read<T>(value: T): Fact<T> {
  return { kind: 'read', value };
}

export const unasked: Fact<never> = { kind: 'unasked' };

/** What could not be read, in words, and why: every check that needs it has found nothing. */
export interface Unread {
  readonly what: string;
  readonly reason: string;
}

export function unreadFacts(facts: Facts): Unread[] {
  const named: readonly (readonly [string, Fact<unknown>])[] = [
    ['the live IPv4 rules', facts.rules.ipv4],
    ['the live IPv6 rules', facts.rules.ipv6],
    ["the other backend's IPv4 rules", facts.otherRules.ipv4],
    ["the other backend's IPv6 rules", facts.otherRules.ipv6],
    ['the rules of nftables', facts.nftables],
    ['whether IPv4 tables are dormant or owned', facts.tableFlags.ipv4],
    ['whether IPv6 tables are dormant or owned', facts.tableFlags.ipv6],
    ['interfaces and routes', facts.network],
    ['kernel settings', facts.sysctls],
    ['listening sockets', facts.listeners],
    ['rules that are loaded at boot', facts.savedRules],
    ['the container engine and its containers', facts.engine],
    ['the containers as they are now', facts.containers],
  ];
  const unread = named.flatMap(([what, fact]) =>
    fact.kind === 'unread' ? [{ what, reason: fact.reason }] : [],
  );
  return known(facts.engine)?.makesRules === null ? [...unread, withoutConfig] : unread;
}

const withoutConfig: Unread = {
  what: 'whether Docker makes rules',
  reason: 'neither its command line nor /etc/docker/daemon.json can be read',
};
