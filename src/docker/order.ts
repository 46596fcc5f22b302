// One order for what an engine lists in whatever order it likes: the same state is the same snapshot.
import type { Container, Snapshot } from './snapshot.ts';

/** Sorts every list, by code units, and drops what stands there twice. */
export function inOrder({ engine, containers, networks }: Snapshot): Snapshot {
  return {
    engine,
    containers: sorted(containers, ({ name, id }) => [name, id]).map(containerInOrder),
    networks: sorted(networks, ({ name, id }) => [name, id]),
  };
}

function containerInOrder(container: Container): Container {
  const labels = sorted([...container.labels], ([key]) => [key]);
  return {
    ...container,
    labels: new Map(labels),
    attachments: sorted(container.attachments, ({ network }) => [network]),
    published: sorted(
      container.published,
      ({ containerPort, protocol, hostIp, hostPort }) =>
        [containerPort, protocol, hostIp.family, hostIp.text, hostPort] as const,
    ),
    routed: sorted(container.routed, ({ containerPort, protocol, family }) => [
      containerPort,
      protocol,
      family,
    ]),
  };
}

type Key = readonly (string | number)[];

/** By the keys, of which each has as many parts; of equal keys only the first stays. */
function sorted<T>(list: readonly T[], keyOf: (item: T) => Key): T[] {
  const keyed = list.map((item) => ({ item, key: keyOf(item) }));
  keyed.sort((a, b) => compare(a.key, b.key));
  const distinct = keyed.filter(({ key }, index) => {
    const before = keyed[index - 1];
    return before === undefined || compare(before.key, key) !== 0;
  });
  return distinct.map(({ item }) => item);
}

function compare(a: Key, b: Key): number {
  for (const [index, part] of a.entries()) {
    const other = b[index] ?? part;
    if (part !== other) return part < other ? -1 : 1;
  }
  return 0;
}
