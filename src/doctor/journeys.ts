// The ways of a mapping's packets to the chains of ours that deal with them.
import {
  type DnatMapping,
  type DockerMapping,
  type ForwardMapping,
  isForward,
  type Mapping,
  type MasqueradeMapping,
} from '../compile/mapping.ts';
import { dockerUser, type Jump, jumps } from '../iptables/wanted.ts';
import { type Address, type Network, networkOf } from '../net/address.ts';
import { addressBits } from '../net/family.ts';
import type { Facts } from './facts.ts';
import { deviceTo, isOwnAddress, outsideDevice } from './host.ts';
import { isForOthers } from './mappings.ts';
import type { Traffic } from './traffic.ts';

/** Packets that have to come from a built-in chain, the hook, to a chain of ours. */
export interface Journey {
  readonly jump: Jump;
  readonly hook: string;
  readonly chain: string;
  readonly traffic: Traffic;
}

/** Where each of the mapping's packets has to pass; those of one source stand for all of them. */
export function journeysOf(mapping: Mapping, facts: Facts): readonly Journey[] {
  if (mapping.kind === 'snat') {
    const leaving = { ...anyTraffic, source: mapping.int, out: mapping.extIf };
    return [journey('nat', 'POSTROUTING', leaving)];
  }
  if (mapping.kind === 'masquerade') return outbound(mapping, facts);
  if (!isForward(mapping)) return [];
  const reached = isForOthers(mapping)
    ? [
        journey('nat', 'PREROUTING', incoming(mapping, facts)),
        journey('filter', dockerUser.chain, forwarded(mapping, facts)),
      ]
    : [];
  return [...reached, ...localJourneys(mapping, facts), ...masqueraded(mapping, facts)];
}

/** Those of one subnet stand for all. */
function outbound(mapping: MasqueradeMapping, facts: Facts): Journey[] {
  const { family, bridge, subnets, translated } = mapping;
  const [source = null] = subnets;
  const leaving = { ...anyTraffic, source, out: outsideDevice(facts, family) };
  return [
    journey('filter', dockerUser.chain, { ...leaving, in: bridge }),
    ...(translated ? [journey('nat', 'POSTROUTING', leaving)] : []),
  ];
}

/** The mapping's packets at the hook FORWARD, translated. */
export function forwarded(mapping: ForwardMapping, facts: Facts): Traffic {
  const before = incoming(mapping, facts);
  return {
    ...before,
    destination: hostNetwork(mapping.int),
    out: deviceTo(facts, mapping.int),
    ports: mapping.intPorts,
    originalPorts: mapping.ports,
    states: ['NEW', 'DNAT'],
    destinationType: null,
  };
}

/** First packets of which nothing is known. */
export const anyTraffic: Traffic = {
  source: null,
  destination: null,
  in: null,
  out: null,
  protocol: null,
  ports: null,
  originalPorts: null,
  states: ['NEW'],
  direction: 'ORIGINAL',
  destinationType: null,
};

export function hostNetwork(address: Address): Network {
  return networkOf(address, addressBits[address.family]);
}

function journey(table: Jump['table'], chain: string, traffic: Traffic): Journey {
  const jump = jumps.find((each) => each.table === table && each.chain === chain);
  if (jump === undefined) throw new Error(`no jump in ${chain}`);
  const hook = chain === dockerUser.chain ? dockerUser.from : chain;
  return { jump, hook, chain: jump.target, traffic };
}

function incoming(mapping: ForwardMapping, facts: Facts): Traffic {
  const source = firstSource(mapping);
  return {
    ...anyTraffic,
    source,
    ...external(mapping, facts),
    in: interfaceOf(mapping) ?? cameBy(source, mapping, facts),
  };
}

function external({ ext, protocol, ports }: ForwardMapping, facts: Facts) {
  const isOwn = ext === null ? true : isOwnAddress(facts, ext);
  const destinationType = isOwn === null ? null : isOwn ? ('LOCAL' as const) : ('UNICAST' as const);
  const destination = ext === null ? null : hostNetwork(ext);
  return { destination, destinationType, protocol, ports, originalPorts: ports };
}

function firstSource(mapping: ForwardMapping): Network | null {
  if (mapping.kind === 'hairpin') return mapping.lan ?? hostNetwork(mapping.int);
  return mapping.sources?.[0] ?? null;
}

function interfaceOf(mapping: ForwardMapping): string | null {
  return mapping.kind === 'dnat' ? mapping.extIf : null;
}

function cameBy(source: Network | null, { family }: Mapping, facts: Facts): string | null {
  return source === null ? outsideDevice(facts, family) : deviceTo(facts, source.base);
}

/** From this host itself; packets in OUTPUT have no incoming interface, and its name is empty. */
function localJourneys(mapping: ForwardMapping, facts: Facts): readonly Journey[] {
  if (!isForThisHost(mapping)) return [];
  const traffic: Traffic = { ...anyTraffic, ...external(mapping, facts), in: '' };
  return [journey('nat', 'OUTPUT', traffic)];
}

function isForThisHost(mapping: ForwardMapping): mapping is DnatMapping | DockerMapping {
  return mapping.kind === 'docker' || (mapping.kind === 'dnat' && mapping.local);
}

function masqueraded(mapping: ForwardMapping, facts: Facts): readonly Journey[] {
  if (mapping.kind === 'dnat') return [];
  const { int, intPorts, protocol } = mapping;
  const traffic: Traffic = {
    ...anyTraffic,
    source: mapping.kind === 'hairpin' ? mapping.lan : hostNetwork(int),
    states: ['NEW', 'DNAT'],
    destination: hostNetwork(int),
    out: deviceTo(facts, int),
    protocol,
    ports: intPorts,
  };
  return [journey('nat', 'POSTROUTING', traffic)];
}
