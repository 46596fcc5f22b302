// What templates see of ports of containers, and of what is refused beside them.
import type {
  DockerMapping,
  GuardedEndpoint,
  RefusalMapping,
  RoutedRestriction,
  Share,
} from '../compile/mapping.ts';
import { discard, isLoopback } from '../net/address.ts';
import { formatPorts } from '../net/ports.ts';
import { comment, destination, eachSource, loopbackNet, portMatch } from './view-words.ts';
import type { View } from './views.ts';

export function dockerViews(mapping: DockerMapping): View[] {
  const { family, origin, int, intPorts, share, publisher } = mapping;
  return eachSource(mapping.sources).map((source) => ({
    template: 'docker',
    origin,
    serves: [mapping],
    values: {
      ...valuesOf(mapping),
      source,
      loopback: isOnLoopback(mapping),
      loopback_net: loopbackNet[family],
      published: publisher !== null,
      except_if: publisher?.bridge ?? null,
      share_match: share === null ? null : shareMatch(share),
      int: int.text,
      int_match: portMatch(mapping.protocol, [intPorts]),
      to: destination(mapping),
    },
  }));
}

export function isOnLoopback({ ext }: DockerMapping): boolean {
  return ext !== null && isLoopback(ext);
}

/** The sources that stay with the engine's own rules and proxy. */
export function spareViews(mapping: RefusalMapping): View[] {
  const { origin, protocol, sources, spared, ports, intPorts } = mapping;
  return eachSource(spared ? sources : []).flatMap((source) =>
    eachEndpoint(mapping).map((endpoint) => ({
      template: 'spare',
      origin,
      serves: [mapping],
      values: {
        ...valuesOf(mapping),
        source,
        host_ports: formatPorts(ports, ':'),
        int: endpoint === null || endpoint.accepted ? null : endpoint.address.text,
        int_match: portMatch(protocol, [intPorts]),
      },
    })),
  );
}

export function refuseViews(mapping: RefusalMapping): View[] {
  const { family, origin, ports, intPorts, inside } = mapping;
  return eachEndpoint(mapping).map((endpoint) => ({
    template: 'refuse',
    origin,
    serves: [mapping],
    values: {
      ...valuesOf(mapping),
      host_ports: formatPorts(ports, ':'),
      except_if: inside[0]?.bridge ?? null,
      int: endpoint?.address.text ?? null,
      int_match: portMatch(mapping.protocol, [intPorts]),
      bridge: endpoint?.bridge ?? null,
      nobody: discard[family].text,
    },
  }));
}

/** Null where the container has no address, and there is something to do at the host's port only. */
function eachEndpoint({ inside }: RefusalMapping): readonly (GuardedEndpoint | null)[] {
  return inside.length === 0 ? [null] : inside;
}

/** Ports of containers that clients can reach by a route to the container. */
type DirectlyReached = RefusalMapping | RoutedRestriction;

/**
 * Those who route to the container itself, past the host port: the sources, whom nothing hinders. Where
 * the bridge is not known, neighbours on it cannot be told from others.
 */
export function directViews(mapping: DirectlyReached): View[] {
  return eachSource(mapping.sources).flatMap((source) => directTo(mapping, source));
}

/** And everyone else, whom Docker before 28 lets in (moby#45610). */
export function noDirectView(mapping: DirectlyReached): View[] {
  return directTo(mapping, null);
}

/** On each network of the container: an open FORWARD lets them in everywhere. */
function directTo(mapping: DirectlyReached, source: string | null): View[] {
  const { family, origin, protocol, inside, intPorts } = mapping;
  const fixed = {
    family,
    name: origin.name,
    comment: dockerComment(mapping),
    proto: protocol,
    source,
  };
  const int_match = portMatch(protocol, [intPorts]);
  return inside.flatMap(({ address, bridge }): View[] => {
    if (bridge === null) return [];
    const values = { ...fixed, bridge, int: address.text, int_match };
    return [{ template: 'direct', origin, serves: [mapping], values }];
  });
}

/** What all of these templates see. */
function valuesOf(mapping: DockerMapping | RefusalMapping) {
  const { family, origin, protocol, ext, ports } = mapping;
  return {
    family,
    name: origin.name,
    comment: dockerComment(mapping),
    proto: protocol,
    host: ext?.text ?? null,
    ext_match: portMatch(protocol, [ports]),
  };
}

/**
 * Which of the connections that came past the targets before it a target gets: of n targets the first
 * gets one in n, the second one in n-1 of the rest, and the last all that is left.
 */
function shareMatch({ mode, targets, index }: Share): string | null {
  const left = targets.length - index;
  if (left === 1) return null;
  return mode === 'random'
    ? `-m statistic --mode random --probability ${(1 / left).toFixed(11)}`
    : `-m statistic --mode nth --every ${left} --packet 0`;
}

function dockerComment(mapping: DockerMapping | DirectlyReached): string {
  const { service, protocol } = mapping;
  const ports = mapping.kind === 'routed-restriction' ? mapping.intPorts : mapping.ports;
  return comment('docker', service, `${formatPorts(ports, '-')}/${protocol}`);
}
