import type { DockerEntry, PublishedPort } from '../config/ruleset.ts';
import type { Report } from '../diagnostic/diagnostic.ts';
import type { Located } from '../diagnostic/source.ts';
import { type ContainerIndex, findContainer } from '../docker/find.ts';
import type { Container } from '../docker/snapshot.ts';
import { type Address, isLoopback, isUnspecified, type Network } from '../net/address.ts';
import { type Family, families, familyNames } from '../net/family.ts';
import type { DockerMapping, PublishedByDocker } from './mapping.ts';

/** Where the entry's ports lead: one address a family at the most. */
interface Service {
  readonly name: string;
  readonly addresses: Readonly<Record<Family, Address | null>>;
  readonly container: Container | null;
}

/** Mappings for each port of the entry, in each family that its host address and its target share. */
export function compileDocker(
  entry: DockerEntry,
  containers: ContainerIndex | null,
  report: Report,
): DockerMapping[] {
  const service = resolveService(entry, containers, report);
  if (service === null) return [];
  const mappings = entry.ports.flatMap((port) =>
    familiesOf(port, service, report).flatMap((family) => {
      const int = service.addresses[family];
      return int === null ? [] : [toMapping(entry, port, service, int)];
    }),
  );
  reportUselessSources(entry, mappings, report);
  return mappings;
}

function resolveService(
  entry: DockerEntry,
  containers: ContainerIndex | null,
  report: Report,
): Service | null {
  const { target } = entry;
  if (target.kind === 'address') {
    const { value } = target.address;
    const addresses = { ipv4: null, ipv6: null, [value.family]: value };
    return { name: entry.name ?? value.text, addresses, container: null };
  }
  if (containers === null) {
    report({
      code: 'no-snapshot',
      severity: 'error',
      message: 'a container needs a Docker snapshot, and none was given',
      at: target.reference.at,
      hint: 'add --docker FILE, with what docker inspect printed',
    });
    return null;
  }
  const found = findContainer(containers, target.reference, target.network, report);
  if (found === null) return null;
  const { container, attachment } = found;
  return { name: entry.name ?? container.name, addresses: attachment, container };
}

/**
 * A host address of its own chooses the family; none takes every family that the target has, and
 * `0.0.0.0` takes IPv6 along where the target has it, as Docker does.
 */
function familiesOf(
  { value: { host }, at }: Located<PublishedPort>,
  service: Service,
  report: Report,
): readonly Family[] {
  const reachable = families.filter((family) => service.addresses[family] !== null);
  if (host === null) return reachable;
  if (service.addresses[host.family] === null) {
    report({
      code: 'mixed-families',
      severity: 'error',
      message: `host address ${host.text} is ${familyNames[host.family]}, and ${service.name} has no ${familyNames[host.family]} address`,
      at,
      hint: 'NAT does not cross families',
    });
    return [];
  }
  if (host.text === '::1') {
    report({
      code: 'loopback-unreachable',
      severity: 'warning',
      message:
        'a mapping on ::1 cannot work: IPv6 has no route_localnet, so it never leaves the host',
      at,
      hint: "use 127.0.0.1, or one of the host's own addresses",
    });
  }
  return host.text === '0.0.0.0' ? reachable : [host.family];
}

function toMapping(
  entry: DockerEntry,
  { value: port, at }: Located<PublishedPort>,
  service: Service,
  int: Address,
): DockerMapping {
  const { family } = int;
  const ext = port.host === null || isUnspecified(port.host) ? null : port.host;
  const sources = sourcesOf(entry, family);
  return {
    kind: 'docker',
    family,
    origin: { kind: 'docker', at: entry.at, name: entry.name },
    at,
    protocol: port.protocol,
    ext,
    ports: port.hostPorts,
    int,
    intPorts: port.containerPorts,
    service: service.name,
    sources,
    published:
      sources === null || (ext !== null && isLoopback(ext))
        ? []
        : publishedByDocker(service.container, port, family),
  };
}

function sourcesOf(entry: DockerEntry, family: Family): readonly Network[] | null {
  if (entry.sources.length === 0) return null;
  return entry.sources.map(({ value }) => value).filter((source) => source.family === family);
}

function publishedByDocker(
  container: Container | null,
  { containerPorts, protocol }: PublishedPort,
  family: Family,
): readonly PublishedByDocker[] {
  return (container?.published ?? []).filter(
    (publication) =>
      publication.protocol === protocol &&
      publication.hostIp.family === family &&
      !isLoopback(publication.hostIp) &&
      publication.containerPort >= containerPorts.first &&
      publication.containerPort <= containerPorts.last,
  );
}

/** A source of a family that no mapping of the entry has would let nobody in, silently. */
function reportUselessSources(
  entry: DockerEntry,
  mappings: readonly DockerMapping[],
  report: Report,
): void {
  if (mappings.length === 0) return;
  for (const { value, at } of entry.sources) {
    if (mappings.some((mapping) => mapping.family === value.family)) continue;
    const family = familyNames[value.family];
    const message = `this source is ${family}, and the entry has no ${family} mapping`;
    report({ code: 'mixed-families', severity: 'error', message, at });
  }
}
