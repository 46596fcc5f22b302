// Mappings that claim the same connections and lead them to different places.
//
// A sweep over the ports of each family and protocol, with the open claims filed in cells: what it
// costs grows with the mappings and with what is found, also where 10,000 of them share one port and
// differ in their sources only.
import { filedIn, meeting, type Scope } from './cells.ts';
import { targetKey } from './claims.ts';
import { groupBy } from './group.ts';
import type { ForwardMapping } from './mapping.ts';
import type { ScopesOf } from './scopes.ts';

/** A mapping, and others that lead elsewhere what it claims: at most {@link mostMet} of them. */
export interface Meeting {
  readonly mapping: ForwardMapping;
  readonly others: readonly ForwardMapping[];
}

/** Others that are looked up for one mapping: 10,000 mappings of one port make 50 million pairs. */
export const mostMet = 30;

/**
 * Every pair stands in one meeting, that of the mapping whose ports begin later.
 *
 * @param scopesIn what mappings of one family and protocol claim beside their ports
 */
export function meetings(
  mappings: readonly ForwardMapping[],
  scopesIn: (group: readonly ForwardMapping[]) => ScopesOf,
): Meeting[] {
  const groups = groupBy(mappings, ({ family, protocol }) => `${family} ${protocol}`);
  return [...groups.values()].map(sharingPorts).flatMap((group) => {
    const scopesOf = scopesIn(group);
    return sweep(
      group.map((mapping) => ({ mapping, target: targetKey(mapping), scopes: scopesOf(mapping) })),
    );
  });
}

/** Those that share a port with another: of many mappings, hardly any do, and filing costs the most. */
function sharingPorts(group: readonly ForwardMapping[]): ForwardMapping[] {
  const sorted = [...group].sort((a, b) => a.ports.first - b.ports.first);
  let reached = 0;
  return sorted.filter(({ ports }, index) => {
    const next = sorted[index + 1];
    const shares = ports.first <= reached || (next !== undefined && next.ports.first <= ports.last);
    reached = Math.max(reached, ports.last);
    return shares;
  });
}

function sweep(claims: readonly Claim[]): Meeting[] {
  const opening = [...claims].sort((a, b) => a.mapping.ports.first - b.mapping.ports.first);
  const closing = [...claims].sort((a, b) => a.mapping.ports.last - b.mapping.ports.last);
  const open = new OpenClaims();
  let closed = 0;
  return opening.flatMap((claim) => {
    const { mapping } = claim;
    for (let next = closing[closed]; isPassed(next, mapping); next = closing[++closed]) {
      open.remove(next);
    }
    const others = open.leadingElsewhere(claim);
    open.add(claim);
    return others.length === 0 ? [] : [{ mapping, others }];
  });
}

function isPassed(claim: Claim | undefined, { ports }: ForwardMapping): claim is Claim {
  return claim !== undefined && claim.mapping.ports.last < ports.first;
}

interface Claim {
  readonly mapping: ForwardMapping;
  readonly target: string;
  readonly scopes: readonly (readonly Scope[])[];
}

class OpenClaims {
  /** The mappings of each cell by where they lead. */
  private readonly cells = new Map<string, Map<string, Set<ForwardMapping>>>();

  add({ mapping, target, scopes }: Claim): void {
    for (const cell of scopes.flatMap(filedIn)) {
      const targets = this.cells.get(cell) ?? new Map<string, Set<ForwardMapping>>();
      this.cells.set(cell, targets);
      const there = targets.get(target);
      if (there === undefined) targets.set(target, new Set([mapping]));
      else there.add(mapping);
    }
  }

  remove({ mapping, target, scopes }: Claim): void {
    for (const cell of scopes.flatMap(filedIn)) {
      const targets = this.cells.get(cell);
      const there = targets?.get(target);
      there?.delete(mapping);
      if (there?.size === 0) targets?.delete(target);
      if (targets?.size === 0) this.cells.delete(cell);
    }
  }

  leadingElsewhere({ target, scopes }: Claim): ForwardMapping[] {
    const found = new Set<ForwardMapping>();
    for (const cell of scopes.flatMap(meeting)) {
      for (const [elsewhere, mappings] of this.cells.get(cell) ?? []) {
        if (elsewhere === target) continue;
        for (const mapping of mappings) {
          if (found.size === mostMet) return [...found];
          found.add(mapping);
        }
      }
    }
    return [...found];
  }
}
