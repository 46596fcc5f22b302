// What a mapping takes for itself, and when two mappings take the same.
import { formatNetwork, type Network, networkOf, networksOverlap } from '../net/address.ts';
import { addressBits } from '../net/family.ts';
import { interfacesOverlap } from '../net/interface.ts';
import { formatPorts, type PortRange, samePorts } from '../net/ports.ts';
import type { ForwardMapping, Mapping } from './mapping.ts';

/** The networks whose connections the mapping redirects; null means all. */
export function claimedSources(mapping: ForwardMapping): readonly Network[] | null {
  if (mapping.kind !== 'hairpin') return mapping.sources;
  return [mapping.lan ?? networkOf(mapping.int, addressBits[mapping.family])];
}

/** Whether one connection could be meant by both, given that protocol and family are the same. */
export function claimsOverlap(a: ForwardMapping, b: ForwardMapping): boolean {
  return (
    portsOverlap(a.ports, b.ports) &&
    (a.ext === null || b.ext === null || a.ext.text === b.ext.text) &&
    (areLocal(a, b) ||
      (interfaceClaimsOverlap(a, b) && sourceClaimsOverlap(claimedSources(a), claimedSources(b))))
  );
}

/** Whether a connection that both claim goes to the same place, or the same places, by either. */
export function sameTarget(a: ForwardMapping, b: ForwardMapping): boolean {
  const shift = (mapping: ForwardMapping) => mapping.intPorts.first - mapping.ports.first;
  return targetText(a) === targetText(b) && shift(a) === shift(b);
}

/** Of the mappings that share their connections, the first one stands for all. */
export function speaksForItself(mapping: ForwardMapping): boolean {
  return mapping.kind !== 'docker' || mapping.share === null || mapping.share.index === 0;
}

/** Equal for two mappings that say exactly the same. */
export function identity(mapping: Mapping): string {
  switch (mapping.kind) {
    case 'snat': {
      const { kind, family, int, extIf, ext } = mapping;
      return [kind, family, formatNetwork(int), extIf, ext?.text ?? '*'].join(' ');
    }
    case 'masquerade':
    case 'isolation':
      return [mapping.kind, mapping.family, mapping.bridge].join(' ');
    case 'refusal':
      return [
        mapping.kind,
        mapping.service,
        mapping.protocol,
        mapping.family,
        mapping.ext?.text ?? '*',
        formatPorts(mapping.ports, '-'),
        mapping.int?.text ?? '*',
        mapping.intPorts.first,
        networksText(mapping.sources),
      ].join(' ');
    case 'dnat':
    case 'hairpin':
    case 'docker':
      return forwardIdentity(mapping);
  }
}

function forwardIdentity(mapping: ForwardMapping): string {
  const sources = claimedSources(mapping);
  return [
    mapping.kind,
    mapping.protocol,
    mapping.family,
    mapping.ext?.text ?? '*',
    formatPorts(mapping.ports, '-'),
    mapping.int.text,
    targetText(mapping),
    samePorts(mapping.ports, mapping.intPorts) ? '=' : mapping.intPorts.first,
    mapping.kind === 'dnat' ? `${mapping.extIf ?? '*'} ${mapping.local}` : '',
    mapping.kind === 'hairpin' ? String(mapping.lan === null) : '',
    sources === null ? '*' : networksText(sources),
  ].join(' ');
}

/** Where the connections go: one place, or the places that share them. */
export function targetText(mapping: ForwardMapping): string {
  if (mapping.kind !== 'docker' || mapping.share === null) return mapping.int.text;
  const { mode, targets } = mapping.share;
  return [mode, ...targets.map(({ text }) => text)].join(' ');
}

function networksText(networks: readonly Network[]): string {
  return networks.map(formatNetwork).sort().join();
}

function portsOverlap(a: PortRange, b: PortRange): boolean {
  return a.first <= b.last && b.first <= a.last;
}

/** Both for connections from this host itself too, which are told apart by neither interface nor source. */
export function areLocal(...both: readonly ForwardMapping[]): boolean {
  return both.every((mapping) => mapping.kind === 'dnat' && mapping.local);
}

function interfaceClaimsOverlap(a: ForwardMapping, b: ForwardMapping): boolean {
  const interfaceOf = (mapping: ForwardMapping) => (mapping.kind === 'dnat' ? mapping.extIf : null);
  const [ifA, ifB] = [interfaceOf(a), interfaceOf(b)];
  return ifA === null || ifB === null || interfacesOverlap(ifA, ifB);
}

function sourceClaimsOverlap(a: readonly Network[] | null, b: readonly Network[] | null): boolean {
  if (a === null || b === null) return a?.length !== 0 && b?.length !== 0;
  return a.some((one) => b.some((other) => networksOverlap(one, other)));
}
