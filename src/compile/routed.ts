// Ports of networks whose gateway mode is `routed`: the engine opens them at the container's own address
// to everyone (Docker 27 and later), so an entry that names its sources restricts them there.

import { clip } from '../diagnostic/clip.ts';
import type { Report } from '../diagnostic/diagnostic.ts';
import type { RoutedPort } from '../docker/snapshot.ts';
import { unspecified } from '../net/address.ts';
import { familyNames } from '../net/family.ts';
import { formatPorts } from '../net/ports.ts';
import type { RoutedRestriction } from './mapping.ts';
import { publishedRanges } from './publications.ts';
import type { ContainerPort } from './refusals.ts';
import { type Request, sourcesIn, type Target } from './service.ts';

/** Restricts the routed ports that the entry means to its sources; none where it names no source. */
export function routedRestrictions(
  { container, everywhere }: Target,
  isMeant: (port: ContainerPort) => boolean,
  { origin, at, sources }: Request,
  report: Report,
): RoutedRestriction[] {
  if (sources.length === 0 || container === null) return [];
  const open = container.routed.filter(isMeant).map(toPublication);
  return publishedRanges(open).map(({ protocol, hostIp: { family }, containerPorts }) => {
    const inside = everywhere[family];
    // Without its bridge, the neighbours of the container cannot be told from everyone else.
    if (inside.some(({ bridge }) => bridge === null)) {
      const port = `${formatPorts(containerPorts, '-')}/${protocol}`;
      const names = container.attachments.map(({ network }) => clip(network)).join(' ');
      report({
        code: 'routed-port-open',
        severity: 'error',
        message: `container ${container.name} opens port ${port} to everyone in ${familyNames[family]} (gateway mode routed), and the snapshot lacks the network to restrict it`,
        at,
        hint: `take the snapshot with natmap snapshot, or add what docker network inspect ${names} prints`,
      });
    }
    const { name: service } = container;
    const ours = sourcesIn(sources, family);
    const kind = 'routed-restriction';
    return {
      kind,
      family,
      origin,
      service,
      protocol,
      intPorts: containerPorts,
      inside,
      sources: ours,
    };
  });
}

/** The port as if the host had it, so that neighbouring ports become ranges as those of the host do. */
function toPublication({ containerPort, protocol, family }: RoutedPort) {
  return { containerPort, protocol, hostIp: unspecified[family], hostPort: containerPort };
}
