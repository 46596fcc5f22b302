// masquerade: outbound access of Docker networks, and their isolation from each other, as Docker's own
// rules would give both (docs/notes/docker-isolation.md).
import type { MasqueradeEntry } from '../config/ruleset.ts';
import type { DiagnosticCode, Report } from '../diagnostic/diagnostic.ts';
import type { Place } from '../diagnostic/source.ts';
import type { ContainerIndex } from '../docker/find.ts';
import type { DockerNetwork } from '../docker/snapshot.ts';
import { type Family, families, familyNames } from '../net/family.ts';
import type { IsolationMapping, Mapping, MasqueradeMapping } from './mapping.ts';
import { reportNoSnapshot } from './snapshot-needed.ts';

/** A network that has an interface on the host. */
type Bridged = DockerNetwork & { readonly bridge: string };

/** A mapping for each family in which the network has a subnet. */
export function compileMasquerade(
  { kind, at, name, network: reference }: MasqueradeEntry,
  index: ContainerIndex | null,
  report: Report,
): MasqueradeMapping[] {
  if (index === null) {
    reportNoSnapshot('masquerade needs', at, report);
    return [];
  }
  const network = findNetwork(reference.value, index, (code, message, hint) =>
    report({ code, severity: 'error', message, at, ...(hint === null ? {} : { hint }) }),
  );
  if (network === null) return [];
  const isolated = bridgedNetworks(index).length > 1;
  const { bridge } = network;
  const base = { kind, origin: { kind, at, name }, network: network.name, bridge, isolated };
  const mappings = families.flatMap((family) => {
    const subnets = network.subnets.filter((subnet) => subnet.family === family);
    const translated = untranslatedReason(network, family) === null;
    return subnets.length === 0 ? [] : [{ ...base, family, subnets, translated }];
  });
  reportUntranslated(network, mappings, at, report);
  return mappings;
}

/** What the network was made with counts for more than the entry: Docker would not translate either. */
function reportUntranslated(
  network: Bridged,
  mappings: readonly MasqueradeMapping[],
  at: Place,
  report: Report,
): void {
  const reasons = mappings.flatMap(({ family }) => untranslatedReason(network, family) ?? []);
  for (const reason of new Set(reasons)) {
    const message = `network ${network.name} ${reason}, so its containers keep their addresses outside`;
    report({ code: 'untranslated-network', severity: 'warning', message, at });
  }
}

/** Why the engine would not translate what leaves the network in this family, or null where it would. */
export function untranslatedReason(
  { masquerade, gatewayModes }: DockerNetwork,
  family: Family,
): string | null {
  if (!masquerade) return 'was made without enable_ip_masquerade';
  return gatewayModes[family] === 'routed' ? `is routed in ${familyNames[family]}` : null;
}

/** Keeps the containers of masqueraded networks from every other network, also one that is not. */
export function isolate(
  mappings: readonly Mapping[],
  index: ContainerIndex | null,
): IsolationMapping[] {
  return families.flatMap((family) => {
    const first = mappings.find(
      (mapping) => mapping.kind === 'masquerade' && mapping.family === family && mapping.isolated,
    );
    if (first === undefined || index === null) return [];
    return bridgedNetworks(index).map(({ name, bridge }) => ({
      kind: 'isolation',
      family,
      origin: first.origin,
      network: name,
      bridge,
    }));
  });
}

function bridgedNetworks({ snapshot }: ContainerIndex): readonly Bridged[] {
  return snapshot.networks.filter((network): network is Bridged => network.bridge !== null);
}

function findNetwork(
  name: string,
  { networks, nearestNetwork, snapshot }: ContainerIndex,
  refuse: (code: DiagnosticCode, message: string, hint: string | null) => void,
): Bridged | null {
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
