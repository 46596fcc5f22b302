// Where the ports of a container that publish meets lead to.
import type { Report } from '../diagnostic/diagnostic.ts';
import type { Place } from '../diagnostic/source.ts';
import { unreachableReason } from '../docker/attachment.ts';
import { type ContainerIndex, unusableReason } from '../docker/find.ts';
import type { Attachment, Container } from '../docker/snapshot.ts';
import type { Family } from '../net/family.ts';
import type { Endpoint, Target } from './service.ts';

/** @returns null after a warning that says why no port of the container can be mapped */
export function publishTarget(
  container: Container,
  index: ContainerIndex,
  at: Place,
  report: Report,
): Target | null {
  const endpoints = {
    ipv4: endpointOf(container, 'ipv4', index),
    ipv6: endpointOf(container, 'ipv6', index),
  };
  const reason =
    unusableReason(container, index.snapshot.engine) ?? missingReason(container, endpoints, index);
  if (reason === null) return { name: container.name, container, endpoints };
  report({
    code: 'unusable-container',
    severity: 'warning',
    message: `container ${container.name} ${reason}; it is left out`,
    at,
  });
  return null;
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

/** The address on the network that Docker makes the container's gateway (libnetwork, Endpoint.Less). */
function endpointOf(
  { attachments }: Container,
  family: Family,
  { networks }: ContainerIndex,
): Endpoint | null {
  const isInternal = ({ network }: Attachment) => networks.get(network)?.internal ?? false;
  const [first] = attachments
    .filter((each) => each[family] !== null && unreachableReason(each, networks) === null)
    .sort(
      (a, b) =>
        b.gwPriority - a.gwPriority ||
        Number(isInternal(a)) - Number(isInternal(b)) ||
        (a.network < b.network ? -1 : 1),
    );
  const address = first?.[family] ?? null;
  if (first === undefined || address === null) return null;
  return { address, bridge: networks.get(first.network)?.bridge ?? null };
}
