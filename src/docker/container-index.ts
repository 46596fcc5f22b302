// The containers and networks of a snapshot by what entries call them.
import { type Nearest, nearestAmong } from '../diagnostic/nearest.ts';
import type { Container, DockerNetwork, Snapshot } from './snapshot.ts';

/** Containers by name and by service, networks by name: made once for a snapshot so that 10,000 entries stay linear. */
export interface ContainerIndex {
  readonly snapshot: Snapshot;
  readonly byName: ReadonlyMap<string, Container>;
  readonly byService: ReadonlyMap<string, readonly Container[]>;
  /** By the ids that engines print: whole, and cut to twelve digits. */
  readonly byId: ReadonlyMap<string, readonly Container[]>;
  readonly networks: ReadonlyMap<string, DockerNetwork>;
  /** What entries can call containers by, ids aside. */
  readonly references: readonly string[];
  readonly nearestReference: Nearest;
  readonly nearestName: Nearest;
  readonly nearestNetwork: Nearest;
}

/** Digits of the ids that `docker ps` prints. */
const shortId = 12;

export function indexContainers(snapshot: Snapshot): ContainerIndex {
  const { containers } = snapshot;
  const byService = listBy(containers, ({ service }) =>
    service === null ? [] : [`${service.project}/${service.name}`],
  );
  const byId = listBy(containers, ({ id }) => [...new Set([id, id.slice(0, shortId)])]);
  const byName = new Map(containers.map((container) => [container.name, container]));
  const networks = new Map(snapshot.networks.map((network) => [network.name, network]));
  const references = [...byName.keys(), ...byService.keys()];
  return {
    snapshot,
    byName,
    byService,
    byId,
    networks,
    references,
    nearestReference: nearestAmong(references),
    nearestName: nearestAmong([...byName.keys()]),
    nearestNetwork: nearestAmong([...networks.keys()]),
  };
}

function listBy(
  containers: readonly Container[],
  keysOf: (container: Container) => readonly string[],
): ReadonlyMap<string, readonly Container[]> {
  const lists = new Map<string, Container[]>();
  for (const container of containers) {
    for (const key of keysOf(container)) {
      const list = lists.get(key);
      if (list === undefined) lists.set(key, [container]);
      else list.push(container);
    }
  }
  return lists;
}
