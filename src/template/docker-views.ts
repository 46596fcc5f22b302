// What templates see of ports of containers.
import type { DockerMapping, Share } from '../compile/mapping.ts';
import { isLoopback } from '../net/address.ts';
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
      ext_if: mapping.extIf,
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

/** What all of these templates see. */
function valuesOf(mapping: DockerMapping) {
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

function dockerComment({ service, protocol, ports }: DockerMapping): string {
  return comment('docker', service, `${formatPorts(ports, '-')}/${protocol}`);
}
