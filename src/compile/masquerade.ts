// masquerade: outbound access of Docker networks, and their isolation from each other, as Docker's own
// rules would give both (docs/notes/docker-isolation.md).
import type { MasqueradeEntry } from '../config/ruleset.ts';
import type { Report } from '../diagnostic/diagnostic.ts';
import type { Place } from '../diagnostic/source.ts';
import type { ContainerIndex } from '../docker/container-index.ts';
import type { DockerNetwork } from '../docker/snapshot.ts';
import { type Family, families, familyNames } from '../net/family.ts';
import { type BridgedNetwork, bridgedNetworks, findBridgedNetwork } from './bridged-network.ts';
import type { IsolationMapping, Mapping, MasqueradeMapping } from './mapping.ts';
import { reportNoSnapshot } from './snapshot-needed.ts';

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
  const network = findBridgedNetwork(reference, index, report);
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
  network: BridgedNetwork,
  mappings: readonly MasqueradeMapping[],
  at: Place,
  report: Report,
): void {
  const reasons = mappings.flatMap(({ family }) => untranslatedReason(network, family) ?? []);
  for (const reason of new Set(reasons)) {
    const message = `network ${network.name} ${reason}, so its containers keep their addresses outside`;
    report({ code: 'network-not-masqueraded', severity: 'warning', message, at });
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
