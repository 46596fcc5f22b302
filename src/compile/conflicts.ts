// Mappings that claim the same connections and lead them to different places.
import type { Diagnostic, Report } from '../diagnostic/diagnostic.ts';
import { speaksForItself } from './claims.ts';
import { groupBy } from './group.ts';
import { type ForwardMapping, isForward, type Mapping, writtenKey } from './mapping.ts';
import { meetings, mostMet } from './meetings.ts';
import { areLocal, type Pair, pairKey, pairsOf, reportPairs } from './pairs.ts';
import { hostScopes, outsideScopes } from './scopes.ts';
import { external, internal } from './words.ts';

/** @param mappings in the order of their rules */
export function reportConflicts(mappings: readonly Mapping[], report: Report): void {
  const forwards = mappings.filter(isForward).filter(speaksForItself);
  const outside = meetings(forwards, outsideScopes);
  const local = meetings(forwards, hostScopes);
  const isWhole = [...outside, ...local].every(({ others }) => others.length < mostMet);
  const ofThisHost = pairsOf(local, forwards);
  const conflicts = [...pairsOf(outside, forwards), ...ofThisHost.filter(areLocal)];
  reportPairs(conflicts, isWhole, conflict, report);
  const reported = new Set(conflicts.map(pairKey));
  const others = ofThisHost.filter((pair) => !reported.has(pairKey(pair)));
  for (const [pair] of groupBy(others, ({ second }) => writtenKey(second)).values()) {
    if (pair !== undefined) report(localElsewhere(pair));
  }
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
