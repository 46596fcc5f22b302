// The ways of a mapping's packets to the natmap-owned chains that deal with them.
import {
  type DnatMapping,
  type DockerMapping,
  type ForwardMapping,
  ingressOf,
  isForward,
  type Mapping,
  type MasqueradeMapping,
} from '../compile/mapping.ts';
import { dockerUser, type Jump, jumps } from '../iptables/wanted.ts';
import { hostNetwork, type Network } from '../net/address.ts';
import type { Facts } from './facts.ts';
import { deviceTo, outsideDevice } from './host.ts';
import { isForOthers } from './mappings.ts';
import { anyPackets, type PacketKind } from './packets.ts';

/** Packets that have to come from a built-in chain, the hook, to a natmap-owned chain. */
export interface ExpectedPath {
  readonly jump: Jump;
  readonly hook: string;
  readonly chain: string;
  readonly packets: PacketKind;
}

/** Where each of the mapping's packets has to pass; those of one source stand for all of them. */
export function expectedPaths(mapping: Mapping, facts: Facts): readonly ExpectedPath[] {
  if (mapping.kind === 'snat') {
    const out = mapping.extIf ?? outsideDevice(facts, mapping.family);
    const leaving = { ...anyPackets, source: mapping.int, out };
    return [path('nat', 'POSTROUTING', leaving)];
  }
  if (mapping.kind === 'masquerade') return outbound(mapping, facts);
  if (!isForward(mapping)) return [];
  const reached = isForOthers(mapping)
    ? [
        path('nat', 'PREROUTING', incoming(mapping, facts)),
        path('filter', dockerUser.chain, forwarded(mapping, facts)),
      ]
    : [];
  return [...reached, ...localPaths(mapping), ...masqueraded(mapping, facts)];
}

/** Those of one subnet stand for all. */
function outbound(mapping: MasqueradeMapping, facts: Facts): ExpectedPath[] {
  const { family, bridge, subnets, translated } = mapping;
  const [source = null] = subnets;
  const leaving = { ...anyPackets, source, out: outsideDevice(facts, family) };
  return [
    path('filter', dockerUser.chain, { ...leaving, in: bridge }),
    ...(translated ? [path('nat', 'POSTROUTING', leaving)] : []),
  ];
}

/** The mapping's packets at the hook FORWARD, translated. */
export function forwarded(mapping: ForwardMapping, facts: Facts): PacketKind {
  const before = incoming(mapping, facts);
  return {
    ...before,
    destination: hostNetwork(mapping.int),
    out: deviceTo(facts, mapping.int),
    ports: mapping.intPorts,
    originalPorts: mapping.ports,
    translated: 'DNAT',
  };
}

function path(table: Jump['table'], chain: string, packets: PacketKind): ExpectedPath {
  const jump = jumps.find((each) => each.table === table && each.chain === chain);
  if (jump === undefined) throw new Error(`no jump in ${chain}`);
  const hook = chain === dockerUser.chain ? dockerUser.from : chain;
  return { jump, hook, chain: jump.target, packets };
}

function incoming(mapping: ForwardMapping, facts: Facts): PacketKind {
  const source = firstSource(mapping);
  return {
    ...anyPackets,
    source,
    ...external(mapping),
    in: ingressOf(mapping) ?? cameBy(source, mapping, facts),
  };
}

function external({ ext, protocol, ports }: ForwardMapping) {
  const destination = ext === null ? ('local' as const) : hostNetwork(ext);
  return { destination, protocol, ports, originalPorts: ports };
}

function firstSource(mapping: ForwardMapping): Network | null {
  if (mapping.kind === 'hairpin') return mapping.lan ?? hostNetwork(mapping.int);
  return mapping.sources?.[0] ?? null;
}

function cameBy(source: Network | null, { family }: Mapping, facts: Facts): string | null {
  return source === null ? outsideDevice(facts, family) : deviceTo(facts, source.base);
}

/** From this host itself; packets in OUTPUT have no incoming interface, and its name is empty. */
function localPaths(mapping: ForwardMapping): readonly ExpectedPath[] {
  if (!isForThisHost(mapping)) return [];
  const packets: PacketKind = { ...anyPackets, ...external(mapping), in: '' };
  return [path('nat', 'OUTPUT', packets)];
}

function isForThisHost(mapping: ForwardMapping): mapping is DnatMapping | DockerMapping {
  if (mapping.kind === 'docker') return mapping.extIf === null;
  return mapping.kind === 'dnat' && mapping.local;
}

function masqueraded(mapping: ForwardMapping, facts: Facts): readonly ExpectedPath[] {
  if (mapping.kind === 'dnat') return [];
  const { int, intPorts, protocol } = mapping;
  const packets: PacketKind = {
    ...anyPackets,
    source: mapping.kind === 'hairpin' ? mapping.lan : hostNetwork(int),
    translated: 'DNAT',
    destination: hostNetwork(int),
    out: deviceTo(facts, int),
    protocol,
    ports: intPorts,
  };
  return [path('nat', 'POSTROUTING', packets)];
}
