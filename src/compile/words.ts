// The two sides of a mapping as messages name them.
import { withPort } from '../net/address.ts';
import { formatPorts } from '../net/ports.ts';
import type { ForwardMapping } from './mapping.ts';

/** `203.0.113.43:25/tcp`, in the way Docker writes it. */
export function external({ ext, ports, protocol }: ForwardMapping): string {
  const port = `${formatPorts(ports, '-')}/${protocol}`;
  return ext === null ? `*:${port}` : withPort(ext, port);
}

/** Where the connections go, and what that is where the entry does not say it. */
export function internal(mapping: ForwardMapping): string {
  const { int, intPorts } = mapping;
  const target = withPort(int, formatPorts(intPorts, '-'));
  if (mapping.kind !== 'docker') return target;
  if (mapping.share !== null) return `${target} and ${mapping.share.targets.length - 1} more`;
  return mapping.origin.kind === 'publish' ? `${target} (container ${mapping.service})` : target;
}
