// Where the ports of a container that publish meets lead to.
import type { Report } from '../diagnostic/diagnostic.ts';
import type { Place } from '../diagnostic/source.ts';
import { unreachableReason } from '../docker/attachment.ts';
import type { ContainerIndex } from '../docker/container-index.ts';
import { unusableReason } from '../docker/find.ts';
import type { Attachment, Container } from '../docker/snapshot.ts';
import { isLoopback } from '../net/address.ts';
import type { Family } from '../net/family.ts';
import { reportInternal } from './internal-network.ts';
import type { BridgedEndpoint, Target } from './service.ts';

/**
 * @param isRestricted whether the entry restricts what the engine publishes to sources
 * @returns null after a warning that says why no port of the container can be mapped
 */
export function publishTarget(
  container: Container,
  index: ContainerIndex,
  { at, isRestricted }: { readonly at: Place; readonly isRestricted: boolean },
  report: Report,
): Target | null {
  const everywhere = endpointsOf(container, index);
  const endpoints = { ipv4: everywhere.ipv4[0] ?? null, ipv6: everywhere.ipv6[0] ?? null };
  const reason =
    unusableReason(container, index.snapshot) ?? missingReason(container, endpoints, index);
  if (reason === null) {
    reportInternal(container, index, at, report);
    return { name: container.name, container, endpoints, everywhere };
  }
  const open = isRestricted ? openPorts(container) : '';
  report({
    code: 'unusable-container',
    severity: 'warning',
    message: `container ${container.name} ${reason}; it is left out${open}`,
    at,
  });
  return null;
}

/** What nobody restricts, as natmap leaves the container out: the engine publishes it to everyone. */
function openPorts({ running, published }: Container): string {
  const open = published.filter(({ hostIp }) => !isLoopback(hostIp));
  const ports = [...new Set(open.map(({ hostPort, protocol }) => `${hostPort}/${protocol}`))];
  if (!running || ports.length === 0) return '';
  const more = ports.length > mostPorts ? ` and ${ports.length - mostPorts} more` : '';
  return `, and what it publishes stays open to everyone: ${ports.slice(0, mostPorts).join(', ')}${more}`;
}

/** Ports in a message: not more than somebody reads. */
const mostPorts = 10;

function isDualStack({ ipv4, ipv6 }: Attachment): boolean {
  return ipv4 !== null && ipv6 !== null;
}

function missingReason(
  { attachments }: Container,
  { ipv4, ipv6 }: Target['endpoints'],
  { networks }: ContainerIndex,
): string | null {
  if (ipv4 !== null || ipv6 !== null) return null;
  const [reason] = attachments.flatMap((each) => unreachableReason(each, networks) ?? []);
  return reason ?? 'has no address on any network';
}

/**
 * The addresses of a container that this host can forward to, first the one on the network that Docker
 * makes its gateway (libnetwork, Endpoint.Less).
 */
export function endpointsOf(
  { attachments }: Container,
  { networks }: ContainerIndex,
): Target['everywhere'] {
  const isInternal = ({ network }: Attachment) => networks.get(network)?.internal ?? false;
  const sorted = attachments
    .filter((each) => unreachableReason(each, networks) === null)
    .sort(
      (a, b) =>
        b.gwPriority - a.gwPriority ||
        Number(isInternal(a)) - Number(isInternal(b)) ||
        Number(isDualStack(b)) - Number(isDualStack(a)) ||
        (a.network < b.network ? -1 : 1),
    );
  const ofFamily = (family: Family) =>
    sorted.flatMap(({ network, [family]: address }): BridgedEndpoint[] => {
      if (address === null) return [];
      const { bridge = null, subnets = [] } = networks.get(network) ?? {};
      return [{ address, bridge, subnets: subnets.filter((each) => each.family === family) }];
    });
  return { ipv4: ofFamily('ipv4'), ipv6: ofFamily('ipv6') };
}
