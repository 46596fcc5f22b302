// Mappings that take a port from a running container for another target.
import type { Report } from '../diagnostic/diagnostic.ts';
import { placeKey } from '../diagnostic/source.ts';
import { isOnNftables } from '../docker/engine.ts';
import type { Container, Publication, Snapshot } from '../docker/snapshot.ts';
import { unspecified } from '../net/address.ts';
import { lowerBound } from '../net/lower-bound.ts';
import type { Protocol } from '../net/protocol.ts';
import { groupBy } from './group.ts';
import { type ForwardMapping, isForward, type Mapping } from './mapping.ts';
import { external } from './words.ts';

interface Published {
  readonly publication: Publication;
  readonly container: Container;
}

/**
 * A warning; an error where Docker makes its rules with nftables, as then its translation and natmap's are
 * chains of one priority, and who started last decides.
 */
export function warnOfTakenPorts(
  mappings: readonly Mapping[],
  snapshot: Snapshot,
  report: Report,
): void {
  const firstTaken = findTaken(snapshot);
  const isUndecided = isOnNftables(snapshot.engine);
  const reported = new Set<string>();
  for (const mapping of mappings) {
    if (!isForward(mapping)) continue;
    const taken = firstTaken(mapping);
    if (taken === undefined) continue;
    // One place gives several mappings when it has several families or targets.
    const message = inWords(mapping, taken, isUndecided);
    const key = `${placeKey(mapping.at)} ${message}`;
    if (!reported.has(key)) {
      report({
        code: 'published-port-overlap',
        severity: isUndecided ? 'error' : 'warning',
        message,
        at: mapping.at,
      });
    }
    reported.add(key);
  }
}

/** Finds the publication with the lowest port that a mapping takes, without a look at other addresses. */
function findTaken({ containers }: Snapshot): (mapping: ForwardMapping) => Published | undefined {
  const published = containers
    .filter((container) => container.running)
    .flatMap((container) => container.published.map((publication) => ({ publication, container })))
    .sort(byPort);
  const onAddress = groupBy(published, ({ publication: { protocol, hostIp } }) =>
    keyOf(protocol, hostIp.text),
  );
  const onAny = groupBy(published, ({ publication: { protocol, hostIp } }) =>
    keyOf(protocol, hostIp.family),
  );
  return (mapping) => {
    const { protocol, family, ext } = mapping;
    const lists =
      ext === null
        ? [onAny.get(keyOf(protocol, family))]
        : [ext, unspecified[family]].map(({ text }) => onAddress.get(keyOf(protocol, text)));
    const [taken] = lists
      .flatMap((sorted = []) => publishedOn(sorted, mapping).find(isOfOthers(mapping)) ?? [])
      .sort(byPort);
    return taken;
  };
}

function byPort(a: Published, b: Published): number {
  return a.publication.hostPort - b.publication.hostPort;
}

function keyOf(protocol: Protocol, where: string): string {
  return `${protocol} ${where}`;
}

function publishedOn(
  sorted: readonly Published[],
  { ports }: ForwardMapping,
): readonly Published[] {
  const from = (port: number) => lowerBound(sorted, port, (each) => each.publication.hostPort);
  return sorted.slice(from(ports.first), from(ports.last + 1));
}

/** Tells the publications that the mapping does not lead to itself. */
function isOfOthers({ family, int, ports, intPorts }: ForwardMapping) {
  return ({ publication: { hostPort, containerPort }, container }: Published): boolean =>
    containerPort !== intPorts.first + (hostPort - ports.first) ||
    !container.attachments.some((attachment) => attachment[family]?.text === int.text);
}

function inWords(
  mapping: ForwardMapping,
  { publication, container }: Published,
  isUndecided: boolean,
): string {
  const taken = `${external(mapping)} takes port ${publication.hostPort} that container ${container.name} publishes`;
  return isUndecided
    ? `${taken}, and with Docker's nftables backend whichever started last gets it`
    : taken;
}
