// Labels are requests: a port that an entry has, or that another container asked for before, is left out.
import type { ForwardMapping } from '../compile/mapping.ts';
import { external, internal } from '../compile/words.ts';
import type { Report } from '../diagnostic/diagnostic.ts';
import { formatPorts } from '../net/ports.ts';
import type { Pair } from './conflict-pairs.ts';
import type { Conflicts } from './conflicts.ts';

/** @returns the keys of the requests that give way, see {@link requestKey} */
export function labelConflicts({ pairs }: Conflicts, report: Report): ReadonlySet<string> {
  const dropped = new Set<string>();
  for (const pair of pairs) {
    const [request, other] = requestFirst(pair);
    if (!isRequested(request) || dropped.has(requestKey(request))) continue;
    if (isRequested(other) && dropped.has(requestKey(other))) continue;
    dropped.add(requestKey(request));
    report(leftOut(request, other));
  }
  return dropped;
}

/** The one that gives way, and the other: of two requests the later one. */
function requestFirst({ first, second }: Pair): readonly [ForwardMapping, ForwardMapping] {
  return isRequested(second) ? [second, first] : [first, second];
}

function isRequested(mapping: ForwardMapping): boolean {
  return mapping.kind === 'docker' && mapping.requested === true;
}

/** Equal for the families of one port that a container asked for, and empty for what no label asks for. */
export function requestKey(mapping: ForwardMapping): string {
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
