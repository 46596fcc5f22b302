// Mappings whose rules match the same connections and forward them to different places.
import { groupBy } from '../compile/group.ts';
import { type ForwardMapping, isForward, type Mapping, writtenKey } from '../compile/mapping.ts';
import { external, internal } from '../compile/words.ts';
import type { Diagnostic, Report } from '../diagnostic/diagnostic.ts';
import { isLoopback } from '../net/address.ts';
import { areLocal, areWhole, type Pair, pairKey, pairsOf, reportPairs } from './conflict-pairs.ts';
import { overlapsIn } from './overlaps.ts';
import type { RenderedChain } from './rendered-rules.ts';

/** The pairs of a rule set, by what they are to people. */
export interface Conflicts {
  /** Which forward connections apart. */
  readonly pairs: readonly Pair[];
  readonly isWhole: boolean;
  /** Which only do so for connections of this host itself, that no source tells apart. */
  readonly ofThisHost: readonly Pair[];
}

/**
 * @param mappings in the order of their rules
 * @param chains of the nat tables
 */
export function findConflicts(
  mappings: readonly Mapping[],
  chains: readonly RenderedChain[],
): Conflicts {
  const forwards = mappings.filter(isForward);
  const overlaps = (those: (name: string) => boolean) =>
    chains.filter(({ name }) => those(name)).flatMap(overlapsIn);
  const own = overlaps((name) => name === hostChain);
  const others = overlaps((name) => name !== hostChain && name !== leavingChain);
  const ofThisHost = pairsOf(own, forwards);
  const pairs = [...pairsOf(others, forwards), ...ofThisHost.filter(areForThisHost)];
  const known = new Set(pairs.map(pairKey));
  return {
    pairs,
    isWhole: areWhole(own) && areWhole(others),
    ofThisHost: ofThisHost.filter((pair) => !known.has(pairKey(pair))),
  };
}

/** The chain that only connections of this host itself come to. */
const hostChain = 'NATMAP-OUTPUT';

/** The chain where no destination is translated: the kernel rejects DNAT there (nf_nat_dnat). */
const leavingChain = 'NATMAP-POSTROUTING';

export function reportConflicts({ pairs, isWhole, ofThisHost }: Conflicts, report: Report): void {
  reportPairs(pairs, isWhole, conflict, report);
  for (const [pair] of groupBy(ofThisHost, ({ second }) => writtenKey(second)).values()) {
    if (pair !== undefined) report(localElsewhere(pair));
  }
}

/** Whether this host itself is what both are for, or all that one of them is for. */
function areForThisHost(pair: Pair): boolean {
  const isOnlyLocal = ({ kind, ext }: ForwardMapping) =>
    kind === 'docker' && ext !== null && isLoopback(ext);
  return areLocal(pair) || isOnlyLocal(pair.first) || isOnlyLocal(pair.second);
}

function conflict({ first, second }: Pair): Diagnostic {
  return {
    code: 'conflict',
    severity: 'error',
    message: `conflicting mappings for ${external(second)}: forwarded to ${internal(second)} here and to ${internal(first)} in the related entry`,
    at: second.at,
    hint: hintFor({ first, second }),
    related: [{ message: `the mapping to ${internal(first)}`, at: first.at }],
  };
}

function hintFor({ first, second }: Pair): string {
  const intPort = portOfDnat(first, second) ?? portOfDnat(second, first);
  if (intPort !== null)
    return `add int_port: ${intPort} to the hairpin entry, as the dnat entry has`;
  return areLocal({ first, second })
    ? 'one of the two has to go or take other ports, or be without local and take other sources or interfaces'
    : 'one of the two has to go, or take other ports, sources or interfaces';
}

/** The `int_port` with which a hairpin entry leads where the dnat entry does; null where none would. */
function portOfDnat(dnat: ForwardMapping, hairpin: ForwardMapping): number | null {
  if (dnat.kind !== 'dnat' || hairpin.kind !== 'hairpin') return null;
  if (dnat.int.text !== hairpin.int.text) return null;
  const shift = dnat.intPorts.first - dnat.ports.first;
  const isWithin = dnat.ports.first <= hairpin.ports.first && hairpin.ports.last <= dnat.ports.last;
  return isWithin ? hairpin.ports.first + shift : null;
}

/** Rules for what this host itself sends have no source: the first of all takes what they claim. */
function localElsewhere({ first, second }: Pair): Diagnostic {
  return {
    code: 'local-overlap',
    severity: 'warning',
    message: `connections of this host itself to ${external(second)} go to ${internal(first)}, not to ${internal(second)}`,
    at: second.at,
    related: [{ message: `the mapping to ${internal(first)}`, at: first.at }],
  };
}
