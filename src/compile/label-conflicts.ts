// Labels are requests: a port that an entry has, or that another container asked for before, is left out.
import type { Report } from '../diagnostic/diagnostic.ts';
import { formatPorts } from '../net/ports.ts';
import { speaksForItself } from './claims.ts';
import { type ForwardMapping, isForward, type Mapping } from './mapping.ts';
import { meetings } from './meetings.ts';
import { type Pair, pairsOf } from './pairs.ts';
import { outsideScopes } from './scopes.ts';
import { external, internal } from './words.ts';

/**
 * @param mappings in the order of their rules
 * @returns those without the requests that meet another mapping
 */
export function dropLabelConflicts(mappings: readonly Mapping[], report: Report): Mapping[] {
  const dropped = new Set<string>();
  const isKept = (mapping: ForwardMapping) => !dropped.has(requestKey(mapping));
  // A sweep gives some of the pairs of a mapping, so those that are left may still meet.
  for (let isDone = false; !isDone; ) {
    isDone = true;
    const kept = mappings.filter(isForward).filter(speaksForItself).filter(isKept);
    if (!kept.some(isRequested)) break;
    for (const pair of pairsOf(meetings(kept, outsideScopes), kept)) {
      const [request, other] = requestFirst(pair);
      if (!isRequested(request) || !isKept(request) || !isKept(other)) continue;
      dropped.add(requestKey(request));
      isDone = false;
      report(leftOut(request, other));
    }
  }
  return mappings.filter((mapping) => !isForward(mapping) || isKept(mapping));
}

/** The one that gives way, and the other: of two requests the later one. */
function requestFirst({ first, second }: Pair): readonly [ForwardMapping, ForwardMapping] {
  return isRequested(second) ? [second, first] : [first, second];
}

function isRequested(mapping: ForwardMapping): boolean {
  return mapping.kind === 'docker' && mapping.requested === true;
}

/** Equal for the families of one port that a container asked for. */
function requestKey(mapping: ForwardMapping): string {
  if (mapping.kind !== 'docker' || !mapping.requested) return '';
  return `${mapping.service} ${formatPorts(mapping.ports, '-')}/${mapping.protocol}`;
}

function leftOut(request: ForwardMapping, other: ForwardMapping) {
  return {
    code: 'label-conflict',
    severity: 'warning',
    message: `${external(request)}, which a label asks to forward to ${internal(request)}, is forwarded to ${internal(other)}; the port of the label is left out`,
    at: request.at,
    related: [{ message: `the mapping to ${internal(other)}`, at: other.at }],
  } as const;
}
