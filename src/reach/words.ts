// Reach in one line for people: `198.51.100.0/24 → 203.0.113.43:25/tcp → 10.0.0.101:25`.
import { formatNetworkShort, type Network, withPort } from '../net/address.ts';
import { formatPorts } from '../net/ports.ts';
import type { Door } from './claim.ts';
import type { Reach } from './reach.ts';

export function reachInWords(reach: Reach): string {
  const { ports, protocol, door, to, isConditional } = reach;
  const port = `${formatPorts(ports, '-')}/${protocol}`;
  const condition = isConditional ? ' (under further conditions)' : '';
  return `${clientsInWords(reach)} → ${externalInWords(door.ext, port)} → ${to}${condition}`;
}

function clientsInWords({ hook, door, except }: Reach): string {
  const clients = hook === 'OUTPUT' ? 'this host' : sourceInWords(door.source);
  const via = door.inInterface === null ? '' : ` via ${door.inInterface}`;
  if (except.length === 0) return `${clients}${via}`;
  const named = except.slice(0, mostNamed).map((each) => exceptionInWords(each, door));
  const rest = except.length - named.length;
  const others = rest > 0 ? ` and ${rest} more` : '';
  return `${clients}${via} except ${named.join(', ')}${others}`;
}

/** Exceptions that are named; a list of countries has thousands. */
const mostNamed = 5;

function sourceInWords(source: Network | null): string {
  return source === null ? 'everyone' : formatNetworkShort(source);
}

/** What the exception has narrower than the door. */
function exceptionInWords(exception: Door, door: Door): string {
  const { ext, inInterface, source } = exception;
  return [
    ...(source === door.source ? [] : [sourceInWords(source)]),
    ...(inInterface === door.inInterface ? [] : [`via ${inInterface}`]),
    ...(ext === door.ext
      ? []
      : [`to ${ext === null || typeof ext === 'string' ? 'this host' : formatNetworkShort(ext)}`]),
  ].join(' ');
}

function externalInWords(ext: Door['ext'], port: string): string {
  if (ext === null) return `*:${port}`;
  if (typeof ext === 'string') return `this host:${port}`;
  return withPort({ family: ext.family, text: formatNetworkShort(ext) }, port);
}
