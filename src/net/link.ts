// The interfaces of a host.
import type { Address } from './address.ts';

export interface Link {
  readonly name: string;
  readonly kind: LinkKind;
  readonly addresses: readonly LinkAddress[];
}

export type LinkKind =
  /** `netfilter`: its own switches, which count as much as `bridge-nf-call-iptables` for all. */
  | { readonly kind: 'bridge'; readonly netfilter: Readonly<Record<Address['family'], boolean>> }
  /** `hairpin`: whether the bridge gives packets back through the port that they came from. */
  | { readonly kind: 'bridge-port'; readonly bridge: string; readonly hairpin: boolean }
  | { readonly kind: 'other' };

export interface LinkAddress {
  readonly address: Address;
  /** Taken from a router's advertisement, and lost when it is not renewed (RFC 4862). */
  readonly advertised: boolean;
}
