// What mappings of one family and protocol claim beside their ports.
import { formatNetwork, isLoopback } from '../net/address.ts';
import { every, interfaceScope, type Scope, scope, sourceScope } from './cells.ts';
import { claimedSources } from './claims.ts';
import { type ForwardMapping, ingressOf } from './mapping.ts';

/** The claims of a mapping, each with a scope in every dimension; none where it claims nothing. */
export type ScopesOf = (mapping: ForwardMapping) => readonly (readonly Scope[])[];

/** Of what comes from outside: address, interface and source. */
export function outsideScopes(group: readonly ForwardMapping[]): ScopesOf {
  const sources = group.flatMap((mapping) => claimedSources(mapping) ?? []);
  const addresses = new Set(group.map(({ ext }) => ext?.text ?? every));
  const interfaces = new Set(group.map((mapping) => ingressOf(mapping) ?? every));
  const networks = new Set([every, ...sources.map(formatNetwork)]);
  const prefixes = [...new Set(sources.map(({ prefix }) => prefix))];
  return (mapping) => {
    const address = scope(mapping.ext?.text ?? every, [], addresses);
    const through = interfaceScope(ingressOf(mapping), interfaces);
    return (claimedSources(mapping) ?? [null]).map((source) => [
      address,
      through,
      sourceScope(source, networks, prefixes),
    ]);
  };
}

/** Of what this host itself sends, which neither an interface nor a source tells apart: the address. */
export function hostScopes(group: readonly ForwardMapping[]): ScopesOf {
  const addresses = new Set(group.map(addressFromHost));
  return (mapping) => {
    if (!servesHost(mapping)) return [];
    const own = addressFromHost(mapping);
    const isWithin = mapping.ext !== null && !isLoopback(mapping.ext);
    return [[scope(own, isWithin ? [exceptLoopback] : [], addresses)]];
  };
}

/** Whether the mapping has a rule for connections of this host itself. */
function servesHost(mapping: ForwardMapping): boolean {
  switch (mapping.kind) {
    case 'dnat':
      return mapping.local;
    case 'docker':
      return mapping.extIf === null && mapping.sources?.length !== 0;
    case 'hairpin':
      return false;
  }
}

const exceptLoopback = 'all but loopback';

/** Only a container's port that the engine does not publish itself takes loopback along, in IPv4. */
function addressFromHost(mapping: ForwardMapping): string {
  if (mapping.ext !== null) return mapping.ext.text;
  const takesLoopback =
    mapping.kind === 'docker' && mapping.family === 'ipv4' && mapping.publisher === null;
  return takesLoopback ? every : exceptLoopback;
}
