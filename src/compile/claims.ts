// What a mapping takes for itself, and where it leads.
import { createHash } from 'node:crypto';
import { type Address, formatNetwork, hostNetwork, type Network } from '../net/address.ts';
import { formatPorts, samePorts } from '../net/ports.ts';
import { admissionKey } from './join-restrictions.ts';
import { type ForwardMapping, ingressOf, type Mapping } from './mapping.ts';

/** The networks whose connections the mapping redirects; null means all. */
export function claimedSources(mapping: ForwardMapping): readonly Network[] | null {
  if (mapping.kind !== 'hairpin') return mapping.sources;
  return [mapping.lan ?? hostNetwork(mapping.int)];
}

/** Of the mappings that share their connections, the first one stands for all. */
export function speaksForItself(mapping: ForwardMapping): boolean {
  return mapping.kind !== 'docker' || mapping.share === null || mapping.share.index === 0;
}

/** Equal for two mappings that say exactly the same. */
export function identity(mapping: Mapping): string {
  switch (mapping.kind) {
    case 'snat': {
      const { kind, family, int, extIf, bridge, ext } = mapping;
      const out = extIf ?? `!${bridge}`;
      return [kind, family, formatNetwork(int), out, ext?.text ?? '*'].join(' ');
    }
    case 'masquerade':
    case 'isolation':
      return [mapping.kind, mapping.family, mapping.bridge].join(' ');
    case 'restriction': {
      const { kind, family, service, protocol, published, intPorts, admitted } = mapping;
      const host = published === null ? [] : [published.ext?.text ?? '*', published.ports.first];
      const from = admitted === null ? '*' : admitted.map(admissionKey).sort().join();
      return [kind, family, service, protocol, ...host, intPorts.first, from].join(' ');
    }
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
    ingressOf(mapping) ?? '*',
    mapping.kind === 'dnat' ? String(mapping.local) : '',
    mapping.kind === 'hairpin' ? String(mapping.lan === null) : '',
    sources === null ? '*' : networksText(sources),
  ].join(' ');
}

/** Equal for mappings that lead to one place, or to the same places that share them. */
export function targetText(mapping: ForwardMapping): string {
  if (mapping.kind !== 'docker' || mapping.share === null) return mapping.int.text;
  const { mode, targets } = mapping.share;
  return `${mode} ${listKey(targets)}`;
}

/** The keys of lists: ten thousand mappings that share their connections have one list. */
const listKeys = new WeakMap<readonly Address[], string>();

/** Equal for lists of the same addresses, and short. */
function listKey(addresses: readonly Address[]): string {
  const known = listKeys.get(addresses);
  if (known !== undefined) return known;
  const hash = createHash('sha256');
  for (const { text } of addresses) hash.update(`${text} `);
  const key = hash.digest('hex');
  listKeys.set(addresses, key);
  return key;
}

function networksText(networks: readonly Network[]): string {
  return networks.map(formatNetwork).sort().join();
}
