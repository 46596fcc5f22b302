// Networks that containers are on and that the snapshot does not hold, as in what `docker inspect` prints of
// containers alone. A network's driver decides whether a port can be mapped, and its subnets and bridge tell
// which direct routes to close.
import { clip } from '../diagnostic/clip.ts';
import type { Report } from '../diagnostic/diagnostic.ts';
import type { Attachment, Container, Snapshot } from '../docker/snapshot.ts';
import type { Address } from '../net/address.ts';
import { type Mapping, placeOf } from './mapping.ts';

/**
 * One diagnostic a network, at the first mapping that needs it. A warning where nothing of natmap's depends on
 * it: a label's request stops nothing, and what the engine publishes is left to it.
 */
export function reportMissingNetworks(
  mappings: readonly Mapping[],
  snapshot: Snapshot,
  report: Report,
): void {
  const missing = missingNetworks(snapshot);
  if (missing.size === 0) return;
  const reported = new Set<string>();
  for (const mapping of mappings) {
    const severity = dependsOnIt(mapping) ? 'error' : 'warning';
    for (const network of neededBy(mapping, missing)) {
      if (reported.has(`error ${network}`) || reported.has(`${severity} ${network}`)) continue;
      reported.add(`${severity} ${network}`);
      const name = clip(network);
      report({
        code: 'missing-network',
        severity,
        message: `the snapshot does not hold network ${name}, so ${unknownOf(mapping)}`,
        at: placeOf(mapping),
        hint: `add what docker network inspect ${name} prints, or use natmap snapshot`,
      });
    }
  }
}

function dependsOnIt(mapping: Mapping): boolean {
  if (mapping.kind === 'restriction') return mapping.admitted !== null;
  return mapping.kind !== 'docker' || mapping.requested !== true;
}

function unknownOf(mapping: Mapping): string {
  return mapping.kind === 'restriction' && mapping.admitted !== null
    ? 'sources cannot close the direct routes to its containers'
    : 'its driver is not known: no port can be mapped to a macvlan, ipvlan or overlay network';
}

interface MissingNetwork {
  readonly name: string;
  /** Whether nothing but its name tells its driver. */
  readonly isOfUnknownDriver: boolean;
}

/** By the addresses of containers on them. */
function missingNetworks({ containers, networks }: Snapshot): ReadonlyMap<string, MissingNetwork> {
  const known = new Set(networks.map(({ name }) => name));
  return new Map(
    containers.flatMap((container) =>
      container.attachments
        .filter(({ network }) => !known.has(network))
        .flatMap((attachment) => byAddress(attachment, container)),
    ),
  );
}

function byAddress(
  { network, ipv4, ipv6 }: Attachment,
  container: Container,
): [address: string, MissingNetwork][] {
  const isOfUnknownDriver = !isOfDriverBridge(network, container);
  return [ipv4, ipv6].flatMap((each): [string, MissingNetwork][] =>
    each === null ? [] : [[each.text, { name: network, isOfUnknownDriver }]],
  );
}

/**
 * In all likelihood: the default networks of Docker and Podman, and `PROJECT_NAME` of compose, which has this
 * driver unless the project asks for another.
 */
function isOfDriverBridge(network: string, { service }: Container): boolean {
  const isOfCompose = service !== null && network.startsWith(`${service.project}_`);
  return isOfCompose || network === 'bridge' || network === 'podman';
}

function neededBy(
  mapping: Mapping,
  missing: ReadonlyMap<string, MissingNetwork>,
): readonly string[] {
  switch (mapping.kind) {
    case 'docker':
      return ofUnknownDriver([mapping.int], missing);
    case 'restriction':
      // Of routed ports routed.ts reports the network itself.
      if (mapping.published === null) return [];
      if (mapping.admitted === null) return ofUnknownDriver(mapping.addresses, missing);
      return mapping.addresses.flatMap(({ text }) => missing.get(text)?.name ?? []);
    case 'dnat':
    case 'hairpin':
    case 'snat':
    case 'masquerade':
    case 'isolation':
      return [];
  }
}

function ofUnknownDriver(
  addresses: readonly Address[],
  missing: ReadonlyMap<string, MissingNetwork>,
): readonly string[] {
  const networks = addresses.flatMap(({ text }) => missing.get(text) ?? []);
  return networks.filter(({ isOfUnknownDriver }) => isOfUnknownDriver).map(({ name }) => name);
}
