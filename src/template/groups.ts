// Mappings of one entry that one multiport rule can serve.
import type { Mapping } from '../compile/mapping.ts';
import { multiportSlots } from '../iptables/extensions/ports.ts';
import { type PortRange, samePorts } from '../net/ports.ts';

/** Mappings of one kind that differ in their ports only; if several, each keeps its port inside. */
export type Group<M extends Mapping = Mapping> = readonly [M, ...M[]];

/** Packs the mappings, in their order, into as few rules as multiport's 15 slots allow. */
export function groupPorts<M extends Mapping>(mappings: readonly M[]): Group<M>[] {
  const groups: [M, ...M[]][] = [];
  for (const mapping of mappings) {
    const last = groups.at(-1);
    if (last !== undefined && fits(last, mapping)) last.push(mapping);
    else groups.push([mapping]);
  }
  return groups;
}

/** One range for each mapping that has ports. */
export function portsOf(group: Group): readonly PortRange[] {
  return group.flatMap((mapping) => ('ports' in mapping ? [mapping.ports] : []));
}

function fits(group: Group, mapping: Mapping): boolean {
  const [first] = group;
  if (!sharesRules(first) || !sharesRules(mapping)) return false;
  return (
    first.origin.at === mapping.origin.at &&
    first.protocol === mapping.protocol &&
    samePorts(first.ports, first.intPorts) &&
    samePorts(mapping.ports, mapping.intPorts) &&
    [...portsOf(group), mapping.ports].reduce((sum, range) => sum + slots(range), 0) <=
      multiportSlots
  );
}

function sharesRules(mapping: Mapping): mapping is Extract<Mapping, { kind: 'dnat' | 'hairpin' }> {
  return mapping.kind === 'dnat' || mapping.kind === 'hairpin';
}

function slots({ first, last }: PortRange): number {
  return first === last ? 1 : 2;
}
