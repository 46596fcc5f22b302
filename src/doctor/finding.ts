// What a check says: the one type that this stage gives.
import type { Place } from '../diagnostic/source.ts';

/** Stable names of what can be found, in the order in which docs/doctor.md explains them. */
export const findingCodes = [
  'not-applied',
  'jump-missing',
  'shadowed',
  'accept-before-drop',
  'forward-drop',
  'nft-forward-drop',
  'two-variants',
  'mixed-backends',
  'nft-in-tables',
  'engine-variant',
  'saved-rules',
  'closed-to-unit',
  'ip-forward',
  'ipv6-disabled',
  'accept-ra',
  'rp-filter',
  'route-localnet',
  'loopback-ipv6',
  'bridge-netfilter',
  'bridge-hairpin',
  'local-listener',
  'engine-rootless',
  'engine-nftables',
  'engine-without-rules',
  'engine-loopback',
  'internal-network',
  'address-changed',
  'address-of-another',
] as const;

export type FindingCode = (typeof findingCodes)[number];

/**
 * An error keeps mappings from working; a warning may, or keeps something else from it. A note keeps
 * only some from a mapping, and nothing says that those use it: others need no fix.
 */
export type Severity = 'error' | 'warning' | 'note';

export interface Finding {
  readonly code: FindingCode;
  readonly severity: Severity;
  /** What is so on this host. */
  readonly message: string;
  /** Why it matters. */
  readonly reason: string;
  /** Rules that it is about, as options of iptables; the table is filter where none is named. */
  readonly rules: readonly string[];
  /** The mappings that suffer; none when it is not about single ones. */
  readonly affected: readonly Affected[];
  /** Lines for a shell that fix it, in order; none where no command can. */
  readonly commands: readonly string[];
  /** What else there is to do or to know, or null. */
  readonly note: string | null;
}

/** A mapping in words, and where it was written. */
export interface Affected {
  readonly mapping: string;
  readonly at: Place;
}

/** What a check gives; its code is the check's. */
export type Found = Omit<Finding, 'code' | 'rules' | 'affected' | 'note'> &
  Partial<Pick<Finding, 'rules' | 'affected' | 'note'>>;
