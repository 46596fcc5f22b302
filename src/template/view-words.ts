// The words that views of several kinds share.
import type { ForwardMapping } from '../compile/mapping.ts';
import { visible } from '../diagnostic/visible.ts';
import { formatNetworkShort, type Network, withPort } from '../net/address.ts';
import type { Family } from '../net/family.ts';
import { formatPorts, type PortRange, samePorts } from '../net/ports.ts';
import type { Protocol } from '../net/protocol.ts';
import { boundedComment } from './comment.ts';

export const loopbackNet: Readonly<Record<Family, string>> = { ipv4: '127.0.0.0/8', ipv6: '::1' };

export function eachSource(sources: readonly Network[] | null): readonly (string | null)[] {
  return sources === null ? [null] : sources.map(formatNetworkShort);
}

/** Names from a snapshot may hold what would draw on a reviewer's screen. */
export function comment(...parts: readonly string[]): string {
  return boundedComment(visible(['natmap', ...parts].join(':')));
}

export function portList(ports: readonly PortRange[]): string {
  return ports.map((range) => formatPorts(range, '-')).join(',');
}

export function portMatch(protocol: Protocol, ports: readonly PortRange[]): string {
  const text = ports.map((range) => formatPorts(range, ':')).join(',');
  return ports.length > 1 ? `-m multiport --dports ${text}` : `-m ${protocol} --dport ${text}`;
}

/**
 * The target of a single port or range. A range that keeps its ports needs none named: the kernel
 * may pick another port of a range that is named when the first is taken. A shifted range names the
 * port that its first one stands for (`PORT-PORT/BASE`, iptables-extensions(8)): without it every
 * connection would go to the first port.
 */
export function destination({
  int,
  ports,
  intPorts,
}: Pick<ForwardMapping, 'int' | 'ports' | 'intPorts'>): string {
  if (intPorts.first === intPorts.last) return withPort(int, String(intPorts.first));
  if (samePorts(ports, intPorts)) return int.text;
  return withPort(int, `${formatPorts(intPorts, '-')}/${ports.first}`);
}
