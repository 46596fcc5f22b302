// The live rules as the model of packets reads them.

import type { Ruleset } from '../iptables/ruleset.ts';
import { addressesByKind } from '../netfilter/host-view.ts';
import { ReadTables } from '../netfilter/tables.ts';
import { type ChainEnd, chainEnd, type Way } from './chain-end.ts';
import { type Facts, known } from './facts.ts';
import { type PacketKind, packetsOf } from './packets.ts';

/** Each rule is read once, however many mappings pass it. */
const read = new WeakMap<Ruleset, ReadTables>();

export function liveTables(live: Ruleset, facts: Facts): ReadTables {
  const earlier = read.get(live);
  if (earlier !== undefined) return earlier;
  const network = known(facts.network);
  const addresses = network === null ? null : addressesByKind({ ...network, family: live.family });
  const tables = new ReadTables(live, addresses);
  read.set(live, tables);
  return tables;
}

/** Where packets of this kind end in the live rules. */
export function liveEnd(live: Ruleset, facts: Facts, way: Way, kind: PacketKind): ChainEnd {
  const tables = liveTables(live, facts);
  return chainEnd(tables, way, packetsOf(kind, tables.context.addresses));
}
