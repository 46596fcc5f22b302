import type { DockerEntry, PublishedPort } from '../config/ruleset.ts';
import type { Report } from '../diagnostic/diagnostic.ts';
import type { Located, Place } from '../diagnostic/source.ts';
import type { ContainerIndex } from '../docker/container-index.ts';
import { type Found, findContainer, findReplicas, findStopped } from '../docker/find.ts';
import { type Address, isLoopback } from '../net/address.ts';
import { families, familyNames } from '../net/family.ts';
import { reportInternal } from './internal-network.ts';
import type { ContainerMapping } from './mapping.ts';
import { endpointsOf } from './publish-target.ts';
import { concernOf, sourceRestrictions } from './restrictions.ts';
import { familiesOf, portMappings, type Request, type Service, type Target } from './service.ts';
import { reportNoSnapshot } from './snapshot-needed.ts';
import { reportSourceFamilies } from './source-families.ts';

/** Mappings for each port of the entry, in each family that its host address and its target share. */
export function compileDocker(
  entry: DockerEntry,
  containers: ContainerIndex | null,
  report: Report,
): ContainerMapping[] {
  const service = resolveService(entry, containers, report);
  if (service === null) return [];
  const origin = { kind: entry.kind, at: entry.at, name: entry.name };
  const { extIf, sources } = entry;
  const ports = entry.ports.map(({ value, at }) => ({
    at,
    mappings: mapPort(value, service, { origin, at, extIf, sources }, report),
  }));
  reportSourceFamilies(entry, ports, report);
  return ports.flatMap(({ mappings }) => mappings);
}

/** Mappings of one port, and restrictions of what the engine publishes of the same container ports. */
export function mapPort(
  port: PublishedPort,
  service: Service,
  request: Request,
  report: Report,
): ContainerMapping[] {
  const mappings = familiesOf(port, service, request.at, report).flatMap((family) =>
    portMappings(port, family, service, request),
  );
  if (port.host !== null && isLoopback(port.host)) return mappings;
  const concern = concernOf(port.protocol, port.containerPorts, mappings);
  // The interface is that of this mapping: what the engine publishes on other ports may come in by any.
  const everywhere = { ...request, extIf: null };
  const restrictions = service.targets.flatMap((target) =>
    sourceRestrictions(target, concern, everywhere, report),
  );
  return [...mappings, ...restrictions];
}

function resolveService(
  entry: DockerEntry,
  containers: ContainerIndex | null,
  report: Report,
): Service | null {
  const { target, balance } = entry;
  if (target.kind === 'address') {
    const { value: address } = target.address;
    const name = entry.name ?? address.text;
    const endpoints = { ipv4: null, ipv6: null, [address.family]: { address, bridge: null } };
    const everywhere = { ipv4: [], ipv6: [] };
    return { name, targets: [{ name, container: null, endpoints, everywhere }], balance: null };
  }
  const { reference, network } = target;
  if (containers === null) {
    reportNoSnapshot('a container needs', reference.at, report);
    return null;
  }
  if (isOmitted(entry, reference, containers, report)) return null;
  const found =
    balance === null
      ? [findContainer(containers, reference, network, report)].filter((one) => one !== null)
      : findReplicas(containers, reference, network, report);
  const targets = found.map((each) => toTarget(entry, each, containers));
  const [first] = targets;
  if (first === undefined) return null;
  reportUneven(targets, reference.at, report);
  for (const { container } of found) reportInternal(container, containers, reference.at, report);
  return { name: found.length > 1 ? reference.value : first.name, targets, balance };
}

/** Says so: nobody may wonder where the port is. */
function isOmitted(
  { whenStopped, balance }: DockerEntry,
  reference: Located<string>,
  containers: ContainerIndex,
  report: Report,
): boolean {
  if (whenStopped !== 'omit') return false;
  const stopped = findStopped(containers, reference, balance !== null);
  const [first, second] = stopped;
  if (first === undefined) return false;
  const which =
    second === undefined
      ? `container ${first.name} is`
      : `all containers of ${reference.value} are`;
  const message = `${which} stopped, and the entry is left out`;
  report({ code: 'omitted-entry', severity: 'warning', message, at: reference.at });
  return true;
}

function toTarget(entry: DockerEntry, found: Found, index: ContainerIndex): Target {
  const { container, attachment } = found;
  const bridge = index.networks.get(attachment.network)?.bridge ?? null;
  const endpoint = (address: Address | null) => (address === null ? null : { address, bridge });
  return {
    name: entry.name ?? container.name,
    container,
    endpoints: { ipv4: endpoint(attachment.ipv4), ipv6: endpoint(attachment.ipv6) },
    everywhere: endpointsOf(container, index),
  };
}

/** Containers that lack an address which others of the service have get no connections there. */
function reportUneven(targets: readonly Target[], at: Place, report: Report): void {
  for (const family of families) {
    const lacking = targets.filter(({ endpoints }) => endpoints[family] === null);
    if (lacking.length === targets.length) continue;
    for (const { container } of lacking) {
      report({
        code: 'unusable-container',
        severity: 'warning',
        message: `container ${container?.name} has no ${familyNames[family]} address, so it gets no ${familyNames[family]} connections`,
        at,
      });
    }
  }
}
