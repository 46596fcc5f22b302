// Ports of containers that the engine opens to everyone, where an entry names its sources: packets of all
// other clients are dropped before any translation, so that neither the engine's rules nor its userland
// proxy answer them, nor the container by a direct route.
import type { Report } from '../diagnostic/diagnostic.ts';
import type { Container, Publication, RoutedPort } from '../docker/snapshot.ts';
import { isLoopback, isUnspecified, type Network } from '../net/address.ts';
import { type Family, families } from '../net/family.ts';
import type { PortRange } from '../net/ports.ts';
import type { Protocol } from '../net/protocol.ts';
import type { Admission, DockerMapping, SourceRestriction } from './mapping.ts';
import { reportOpenRoutedPort } from './routed.ts';
import { type BridgedEndpoint, type Request, sourcesIn, type Target } from './service.ts';

/** A port of a container, wherever the engine opens it. */
type ContainerPort = Pick<Publication, 'containerPort' | 'protocol'>;

/** Which of the container's ports an entry is about. */
export interface Concern {
  /** Whether an entry with sources restricts the port. */
  readonly isMeant: (port: ContainerPort) => boolean;
  /** Whether an entry without sources opens the port to everyone. */
  readonly isOpened: (publication: Publication) => boolean;
}

/**
 * The restrictions of one container, a port each; {@link joinRestrictions} makes ranges of them. An entry
 * without sources gives restrictions to everyone: they lift those of other entries.
 */
export function sourceRestrictions(
  { container, everywhere }: Target,
  { isMeant, isOpened }: Concern,
  request: Request,
  report: Report,
): SourceRestriction[] {
  if (container === null) return [];
  const open = isOpen(request);
  const published = container.published.filter(
    (each) => !isLoopback(each.hostIp) && (open ? isOpened(each) : isMeant(each)),
  );
  const routed = open ? [] : container.routed.filter(isMeant);
  reportOpenRoutedPort({ container, routed, everywhere }, request, report);
  const bridges = bridgesOf(everywhere);
  const restrict = (family: Family, containerPort: number, protocol: Protocol) => ({
    kind: 'restriction' as const,
    family,
    origin: request.origin,
    service: container.name,
    protocol,
    intPorts: single(containerPort),
    addresses: everywhere[family].map(({ address }) => address),
    direct: directNetworks(everywhere[family]),
    bridges,
    admitted: open ? null : admittedBy(request, family),
  });
  return [
    ...published.map(({ hostIp, hostPort, containerPort, protocol }) => ({
      ...restrict(hostIp.family, containerPort, protocol),
      published: { ext: isUnspecified(hostIp) ? null : hostIp, ports: single(hostPort) },
    })),
    ...routed.map(({ family, containerPort, protocol }) => ({
      ...restrict(family, containerPort, protocol),
      published: null,
    })),
  ];
}

/** Whether everyone is let in. */
export function isOpen({ extIf, sources }: Request): boolean {
  return extIf === null && sources.length === 0;
}

function admittedBy({ extIf, sources }: Request, family: Family): readonly Admission[] {
  if (sources.length === 0) return [{ source: null, extIf }];
  return sourcesIn(sources, family).map((source) => ({ source, extIf }));
}

/** Tells the ports of a container that a port of an entry is about. */
export function concernOf(
  protocol: Protocol,
  { first, last }: PortRange,
  mappings: readonly DockerMapping[],
): Concern {
  // Those of one family differ in their targets only.
  const byFamily = new Map(mappings.map((mapping) => [mapping.family, mapping]));
  return {
    isMeant: (port) =>
      port.protocol === protocol && port.containerPort >= first && port.containerPort <= last,
    isOpened: (publication) => {
      const mapping = byFamily.get(publication.hostIp.family);
      return mapping !== undefined && takes(mapping, publication);
    },
  };
}

/** Whether the mapping takes all connections that come to what is published. */
function takes(
  { protocol, family, ext, extIf, ports }: DockerMapping,
  { protocol: published, hostIp, hostPort }: Publication,
): boolean {
  return (
    protocol === published &&
    family === hostIp.family &&
    extIf === null &&
    (ext === null || ext.text === hostIp.text) &&
    ports.first <= hostPort &&
    hostPort <= ports.last
  );
}

function single(port: number): PortRange {
  return { first: port, last: port };
}

/** All of them: a container that is on two networks leaves by one, whichever its client came by. */
function bridgesOf(everywhere: Target['everywhere']): readonly string[] {
  const bridges = families.flatMap((family) =>
    everywhere[family].flatMap(({ bridge }) => bridge ?? []),
  );
  return [...new Set(bridges)].sort();
}

/**
 * By subnet, so that a container that is re-created with another address stays restricted. Where the bridge
 * is not known, the container's neighbours cannot be distinguished from other clients.
 */
function directNetworks(endpoints: readonly BridgedEndpoint[]): readonly Network[] {
  return endpoints.flatMap(({ bridge, subnets }) => (bridge === null ? [] : subnets));
}

export type RoutedPorts = {
  readonly container: Container;
  readonly routed: readonly RoutedPort[];
  readonly everywhere: Target['everywhere'];
};
