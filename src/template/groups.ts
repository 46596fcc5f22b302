// Mappings of one entry that one multiport rule can serve.
import type { DnatMapping, HairpinMapping } from '../compile/mapping.ts';
import { multiportSlots } from '../iptables/extensions/ports.ts';
import { type PortRange, samePorts } from '../net/ports.ts';

/** Mappings that differ in their ports only; if several, each keeps its port inside. */
export interface Group<M> {
  readonly first: M;
  readonly ports: readonly PortRange[];
}

/** Packs the mappings, in their order, into as few rules as multiport's 15 slots allow. */
export function groupPorts<M extends DnatMapping | HairpinMapping>(
  mappings: readonly M[],
): Group<M>[] {
  const groups: { first: M; ports: PortRange[] }[] = [];
  for (const mapping of mappings) {
    const last = groups.at(-1);
    if (last !== undefined && fits(last, mapping)) last.ports.push(mapping.ports);
    else groups.push({ first: mapping, ports: [mapping.ports] });
  }
  return groups;
}

function fits<M extends DnatMapping | HairpinMapping>(group: Group<M>, mapping: M): boolean {
  const { first } = group;
  return (
    first.origin.at === mapping.origin.at &&
    first.protocol === mapping.protocol &&
    samePorts(first.ports, first.intPorts) &&
    samePorts(mapping.ports, mapping.intPorts) &&
    [...group.ports, mapping.ports].reduce((sum, range) => sum + slots(range), 0) <= multiportSlots
  );
}

function slots({ first, last }: PortRange): number {
  return first === last ? 1 : 2;
}
