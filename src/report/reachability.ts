// A change of reachability in one line for people: `198.51.100.0/24 → 203.0.113.43:25/tcp → 10.0.0.101:25`.

import type { HeaderSpace } from '../analysis/header-space.ts';
import type { ReachabilityChange } from '../analysis/reachability-diff.ts';
import { formatNetworkShort, type Network, withPort } from '../net/address.ts';
import { formatPorts } from '../net/ports.ts';

export function changeInWords(change: ReachabilityChange): string {
  const { ports, protocol, space, to, isConditional } = change;
  const port = `${formatPorts(ports, '-')}/${protocol}`;
  const condition = isConditional ? ' (under further conditions)' : '';
  return `${clientsInWords(change)} → ${externalInWords(space.ext, port)} → ${to}${condition}`;
}

function clientsInWords({ hook, space, except }: ReachabilityChange): string {
  const clients = hook === 'OUTPUT' ? 'this host' : sourceInWords(space.source);
  const via = space.inInterface === null ? '' : ` via ${space.inInterface}`;
  if (except.length === 0) return `${clients}${via}`;
  const named = except.slice(0, mostNamed).map((each) => exceptionInWords(each, space));
  const rest = except.length - named.length;
  const others = rest > 0 ? ` and ${rest} more` : '';
  return `${clients}${via} except ${named.join(', ')}${others}`;
}

/** Exceptions that are named; a list of countries has thousands. */
const mostNamed = 5;

function sourceInWords(source: Network | null): string {
  return source === null ? 'everyone' : formatNetworkShort(source);
}

/** What the exception has narrower than the space. */
function exceptionInWords(exception: HeaderSpace, space: HeaderSpace): string {
  const { ext, inInterface, source } = exception;
  return [
    ...(source === space.source ? [] : [sourceInWords(source)]),
    ...(inInterface === space.inInterface ? [] : [`via ${inInterface}`]),
    ...(ext === space.ext
      ? []
      : [`to ${ext === null || typeof ext === 'string' ? 'this host' : formatNetworkShort(ext)}`]),
  ].join(' ');
}

function externalInWords(ext: HeaderSpace['ext'], port: string): string {
  if (ext === null) return `*:${port}`;
  if (typeof ext === 'string') return `this host:${port}`;
  return withPort({ family: ext.family, text: formatNetworkShort(ext) }, port);
}
