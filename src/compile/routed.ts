// Ports of networks whose gateway mode is `routed`: the engine opens them at the container's own address
// to everyone (Docker 27 and later), and the restriction needs the network of that address.
import { clip } from '../diagnostic/clip.ts';
import type { Report } from '../diagnostic/diagnostic.ts';
import type { RoutedPort } from '../docker/snapshot.ts';
import { unspecified } from '../net/address.ts';
import { familyNames } from '../net/family.ts';
import { formatPorts } from '../net/ports.ts';
import { publishedRanges } from './publications.ts';
import type { RoutedPorts } from './restrictions.ts';
import type { Request } from './service.ts';

/** Without its bridge, the neighbours of the container cannot be distinguished from everyone else. */
export function reportOpenRoutedPort(
  { container, routed, everywhere }: RoutedPorts,
  { at }: Request,
  report: Report,
): void {
  for (const { protocol, hostIp, containerPorts } of publishedRanges(routed.map(toPublication))) {
    if (everywhere[hostIp.family].every(({ bridge }) => bridge !== null)) continue;
    const port = `${formatPorts(containerPorts, '-')}/${protocol}`;
    const names = container.attachments.map(({ network }) => clip(network)).join(' ');
    report({
      code: 'routed-port-open',
      severity: 'error',
      message: `container ${container.name} opens port ${port} to everyone in ${familyNames[hostIp.family]} (gateway mode routed), and the snapshot lacks the network to restrict it`,
      at,
      hint: `take the snapshot with natmap snapshot, or add what docker network inspect ${names} prints`,
    });
  }
}

/** The port as if the host had it, so that neighbouring ports become ranges as those of the host do. */
function toPublication({ containerPort, protocol, family }: RoutedPort) {
  return { containerPort, protocol, hostIp: unspecified[family], hostPort: containerPort };
}
