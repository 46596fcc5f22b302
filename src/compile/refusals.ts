// What the engine lets everyone in to, where an entry names its sources: the others are refused.
import type { Publication } from '../docker/snapshot.ts';
import { isLoopback, isUnspecified } from '../net/address.ts';
import type { Family } from '../net/family.ts';
import type { PortRange } from '../net/ports.ts';
import type { Protocol } from '../net/protocol.ts';
import type { DockerMapping, RefusalMapping } from './mapping.ts';
import { type PublishedRange, publishedRanges } from './publications.ts';
import { type Request, sourcesIn, type Target } from './service.ts';

/** A port of a container, wherever the engine opens it. */
export type ContainerPort = Pick<Publication, 'containerPort' | 'protocol'>;

/** What an entry and its mappings do about the ports that the engine publishes. */
export interface Coverage {
  /** Whether it is a port that the entry means. */
  readonly isMeant: (port: ContainerPort) => boolean;
  /** Whether mappings take the sources' connections before the engine does. */
  readonly isTaken: (range: PublishedRange) => boolean;
  /** Whether mappings accept the sources' connections that the engine leads to the container. */
  readonly isAccepted: (family: Family) => boolean;
}

/** Refuses what the engine publishes of these ports of the container, in both families. */
export function refusals(
  { container, endpoints, everywhere }: Target,
  { isMeant, isTaken, isAccepted }: Coverage,
  { origin, sources }: Request,
): RefusalMapping[] {
  if (sources.length === 0 || container === null) return [];
  const open = container.published.filter(
    (publication) => !isLoopback(publication.hostIp) && isMeant(publication),
  );
  return publishedRanges(open).map((range) => {
    const { protocol, hostIp, hostPorts, containerPorts } = range;
    const { family } = hostIp;
    const mapped = isAccepted(family) ? endpoints[family]?.address.text : null;
    return {
      kind: 'refusal',
      family,
      origin,
      service: container.name,
      protocol,
      ext: isUnspecified(hostIp) ? null : hostIp,
      ports: hostPorts,
      intPorts: containerPorts,
      inside: everywhere[family].map((endpoint) => ({
        ...endpoint,
        accepted: endpoint.address.text === mapped,
      })),
      sources: sourcesIn(sources, family),
      spared: !isTaken(range),
    };
  });
}

/** Whether the mapping takes all connections that come to what is published. */
export function takes(
  { protocol, family, ext, ports }: DockerMapping,
  { protocol: published, hostIp, hostPorts }: PublishedRange,
): boolean {
  return (
    protocol === published &&
    family === hostIp.family &&
    (ext === null || ext.text === hostIp.text) &&
    ports.first <= hostPorts.first &&
    hostPorts.last <= ports.last
  );
}

/** Tells the publications of some ports of a container. */
export function publishes(protocol: Protocol, { first, last }: PortRange) {
  return (publication: ContainerPort): boolean =>
    publication.protocol === protocol &&
    publication.containerPort >= first &&
    publication.containerPort <= last;
}
