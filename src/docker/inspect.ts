// The plain output of `docker inspect` and `docker network inspect` (and podman's) to a snapshot.
import { readContainer } from './inspect-container.ts';
import { isNetwork, readNetwork } from './inspect-network.ts';
import { at, type Cursor, complain, elements, isObject } from './json.ts';
import type { Container, DockerNetwork, Snapshot } from './snapshot.ts';

/** Reads an array that mixes containers and networks in any order. */
export function readInspect(
  root: Cursor,
  selected: ReadonlySet<string>,
): Pick<Snapshot, 'containers' | 'networks'> {
  const containers: Container[] = [];
  const networks: DockerNetwork[] = [];
  for (const element of elements(root)) {
    if (!isObject(element)) complain(element, 'must be an object');
    else if (isObject(at(element, 'NetworkSettings'))) {
      push(containers, readContainer(element, selected));
    } else if (isNetwork(element)) push(networks, readNetwork(element));
    else complain(element, 'is neither a container nor a network of docker inspect');
  }
  return { containers, networks };
}

function push<T>(list: T[], value: T | undefined): void {
  if (value !== undefined) list.push(value);
}
