// What templates see of ports of containers, and of what is refused beside them.
import type { DockerMapping, RefusalMapping, Share } from '../compile/mapping.ts';
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
  const { origin, protocol, sources, spared, accepted, int, ports, intPorts } = mapping;
  return eachSource(spared ? sources : []).map((source) => ({
    template: 'spare',
    origin,
    serves: [mapping],
    values: {
      ...valuesOf(mapping),
      source,
      host_ports: formatPorts(ports, ':'),
      int: accepted ? null : (int?.text ?? null),
      int_match: portMatch(protocol, [intPorts]),
    },
  }));
}

export function refuseView(mapping: RefusalMapping): View {
  const { family, origin, int, ports, intPorts, bridge } = mapping;
  return {
    template: 'refuse',
    origin,
    serves: [mapping],
    values: {
      ...valuesOf(mapping),
      host_ports: formatPorts(ports, ':'),
      except_if: bridge,
      int: int?.text ?? null,
      int_match: portMatch(mapping.protocol, [intPorts]),
      nobody: discard[family].text,
    },
  };
}

/**
 * Those who route to the container itself, past the host port: the sources, whom nothing hinders. Where
 * the bridge is not known, neighbours on it cannot be told from others.
 */
export function directViews(mapping: RefusalMapping): View[] {
  return eachSource(mapping.sources).flatMap((source) => directView(mapping, source));
}

/** And everyone else, whom Docker before 28 lets in (moby#45610). */
export function noDirectView(mapping: RefusalMapping): View[] {
  return directView(mapping, null);
}

function directView(mapping: RefusalMapping, source: string | null): View[] {
  const { origin, protocol, int, intPorts, bridge } = mapping;
  if (int === null || bridge === null) return [];
  const { family, name, comment: said, proto } = valuesOf(mapping);
  const int_match = portMatch(protocol, [intPorts]);
  const values = { family, name, comment: said, proto, source, bridge, int: int.text, int_match };
  return [{ template: 'direct', origin, serves: [mapping], values }];
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

function dockerComment({ service, protocol, ports }: DockerMapping | RefusalMapping): string {
  return comment('docker', service, `${formatPorts(ports, '-')}/${protocol}`);
}
