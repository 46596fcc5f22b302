// One family of a host: its rules, and what the way of packets depends on beside them.

import type { Ruleset } from '../iptables/ruleset.ts';
import type { AddressKind } from '../packet/dimensions.ts';
import type { RangeSet } from '../packet/range-set.ts';
import { addressesByKind, type HostView, type Way, waysOf } from './host-view.ts';
import { ReadTables } from './tables.ts';

export interface Netfilter {
  readonly tables: ReadTables;
  readonly host: HostView;
  readonly addresses: Readonly<Record<AddressKind, RangeSet>>;
  readonly ways: readonly Way[];
}

export function createNetfilter(ruleset: Ruleset, host: HostView): Netfilter {
  const addresses = addressesByKind(host);
  return { tables: new ReadTables(ruleset, addresses), host, addresses, ways: waysOf(host) };
}
