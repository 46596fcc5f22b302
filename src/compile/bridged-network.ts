// Docker networks that packets leave by an interface of this host, by the name that an entry gives them.
import type { DiagnosticCode, Report } from '../diagnostic/diagnostic.ts';
import type { Located } from '../diagnostic/source.ts';
import type { ContainerIndex } from '../docker/container-index.ts';
import type { DockerNetwork } from '../docker/snapshot.ts';

/** A network that has an interface on the host. */
export type BridgedNetwork = DockerNetwork & { readonly bridge: string };

/** @returns null after having reported why nothing of it can be translated */
export function findBridgedNetwork(
  { value: name, at }: Located<string>,
  { networks, nearestNetwork, snapshot }: ContainerIndex,
  report: Report,
): BridgedNetwork | null {
  const refuse = (code: DiagnosticCode, message: string, hint: string | null) =>
    report({ code, severity: 'error', message, at, ...(hint === null ? {} : { hint }) });
  const network = networks.get(name);
  if (network === undefined) {
    const isNamed = snapshot.containers.some(({ attachments }) =>
      attachments.some((attachment) => attachment.network === name),
    );
    const near = nearestNetwork(name);
    const hint = isNamed
      ? 'add what docker network inspect prints'
      : near && `did you mean ${near}?`;
    refuse('unknown-network', `the snapshot has no network ${JSON.stringify(name)}`, hint);
    return null;
  }
  const reason = unusableReason(network);
  if (reason === null && network.bridge !== null) return { ...network, bridge: network.bridge };
  refuse('unusable-network', `network ${name} ${reason}`, null);
  return null;
}

function unusableReason({ driver, internal, bridge, subnets }: DockerNetwork): string | null {
  if (driver !== 'bridge') return `is of driver ${driver}: ${driverReason(driver)}`;
  if (internal) return 'is internal: its containers are to reach nobody outside';
  if (bridge === null) return 'has no bridge in the snapshot';
  return subnets.length === 0 ? 'has no subnets in the snapshot' : null;
}

function driverReason(driver: string): string {
  switch (driver) {
    case 'host':
      return 'its containers use addresses of the host already';
    case 'null':
      return 'its containers have no way out';
    case 'macvlan':
    case 'ipvlan':
      return 'its containers do not send through this host';
    default:
      return 'only bridge networks leave by an address of this host';
  }
}

export function bridgedNetworks({ snapshot }: ContainerIndex): readonly BridgedNetwork[] {
  return snapshot.networks.filter((network): network is BridgedNetwork => network.bridge !== null);
}
