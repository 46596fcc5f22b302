// What the ports of an entry lead to, and the mappings that this gives.
import type { BalanceMode, PublishedPort } from '../config/ruleset.ts';
import type { Report } from '../diagnostic/diagnostic.ts';
import type { Located, Place } from '../diagnostic/source.ts';
import type { Container } from '../docker/snapshot.ts';
import { formatNetwork, isUnspecified, type Network, widerNetworks } from '../net/address.ts';
import { type Family, families, familyNames } from '../net/family.ts';
import type { DockerMapping, Endpoint, Origin } from './mapping.ts';

/** An address of a container, with the subnets of the network that it is on. */
export interface BridgedEndpoint extends Endpoint {
  readonly subnets: readonly Network[];
}

/** One target, or several that connections are spread over. */
export interface Service {
  readonly name: string;
  readonly targets: readonly Target[];
  /** Null where there is one target. */
  readonly balance: BalanceMode | null;
}

export interface Target {
  readonly name: string;
  /** Null for an address that is no container's. */
  readonly container: Container | null;
  /** What is meant. */
  readonly endpoints: Readonly<Record<Family, Endpoint | null>>;
  /** All that a container has, and first the one that the engine leads to what it publishes. */
  readonly everywhere: Readonly<Record<Family, readonly BridgedEndpoint[]>>;
}

/** Who wants ports mapped. */
export interface Request {
  readonly origin: Origin;
  /** Where the ports were written. */
  readonly at: Place;
  /** The interface by which connections come in; null means every one. */
  readonly extIf: string | null;
  /** Empty means every source. */
  readonly sources: readonly Located<Network>[];
}

/**
 * The families of a port: a host address of its own chooses one; none takes every family that the
 * service has, and `0.0.0.0` takes IPv6 along where it has that, as Docker does.
 */
export function familiesOf(
  { host }: PublishedPort,
  service: Service,
  at: Place,
  report: Report,
): readonly Family[] {
  const reachable = families.filter((family) => targetsIn(service, family).length > 0);
  if (host === null) return reachable;
  if (!reachable.includes(host.family)) {
    const family = familyNames[host.family];
    report({
      code: 'mixed-families',
      severity: 'error',
      message: `host address ${host.text} is ${family}, and ${service.name} has no ${family} address`,
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

/** The mappings of one port in one family, one for each target. */
export function portMappings(
  port: PublishedPort,
  family: Family,
  service: Service,
  { origin, at, extIf, sources }: Request,
): DockerMapping[] {
  const targets = targetsIn(service, family);
  const addresses = targets.map(({ address }) => address);
  const mode = targets.length > 1 ? service.balance : null;
  const ours = sourcesIn(sources, family);
  return targets.map(({ name, address }, index) => ({
    kind: 'docker',
    family,
    origin,
    at,
    protocol: port.protocol,
    ext: port.host === null || isUnspecified(port.host) ? null : port.host,
    ports: port.hostPorts,
    int: address,
    intPorts: port.containerPorts,
    service: name,
    extIf,
    sources: sources.length === 0 ? null : mode === null ? ours : disjoint(ours),
    share: mode === null ? null : { mode, targets: addresses, index },
    publisher: null,
  }));
}

/** The networks of one family. */
export function sourcesIn(
  sources: readonly Located<Network>[],
  family: Family,
): readonly Network[] {
  return sources.map(({ value }) => value).filter((source) => source.family === family);
}

function targetsIn({ targets }: Service, family: Family) {
  return targets.flatMap(({ name, endpoints }) => {
    const endpoint = endpoints[family];
    return endpoint === null ? [] : [{ name, address: endpoint.address }];
  });
}

/**
 * Without the networks that lie within another one: a connection must meet the rules of one source
 * only, or it would be spread twice, and not evenly.
 */
function disjoint(sources: readonly Network[]): readonly Network[] {
  const distinct = new Map(sources.map((source) => [formatNetwork(source), source]));
  const prefixes = [...new Set(sources.map(({ prefix }) => prefix))];
  return [...distinct.values()].filter(
    (source) =>
      !widerNetworks(source, prefixes).some((wider) => distinct.has(formatNetwork(wider))),
  );
}
