// Mappings that take a port from a running container for another target.
import type { Report } from '../diagnostic/diagnostic.ts';
import { placeKey } from '../diagnostic/source.ts';
import type { Container, Publication, Snapshot } from '../docker/snapshot.ts';
import { isUnspecified } from '../net/address.ts';
import { type ForwardMapping, isForward, type Mapping } from './mapping.ts';
import { external } from './words.ts';

interface Published {
  readonly publication: Publication;
  readonly container: Container;
}

export function warnOfTakenPorts(
  mappings: readonly Mapping[],
  snapshot: Snapshot,
  report: Report,
): void {
  const published = snapshot.containers
    .filter((container) => container.running)
    .flatMap((container) => container.published.map((publication) => ({ publication, container })))
    .sort((a, b) => a.publication.hostPort - b.publication.hostPort);
  if (published.length === 0) return;
  const told = new Set<string>();
  for (const mapping of mappings) {
    if (!isForward(mapping)) continue;
    const taken = publishedOn(published, mapping).find((candidate) => takes(mapping, candidate));
    if (taken === undefined) continue;
    // One place gives several mappings when it has several families or targets.
    const message = inWords(mapping, taken);
    const key = `${placeKey(mapping.at)} ${message}`;
    if (!told.has(key)) warn(mapping, message, report);
    told.add(key);
  }
}

function publishedOn(
  sorted: readonly Published[],
  { ports }: ForwardMapping,
): readonly Published[] {
  return sorted.slice(lowerBound(sorted, ports.first), lowerBound(sorted, ports.last + 1));
}

/** Index of the first publication on `port` or above. */
function lowerBound(sorted: readonly Published[], port: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const candidate = sorted[middle];
    if (candidate !== undefined && candidate.publication.hostPort < port) low = middle + 1;
    else high = middle;
  }
  return low;
}

function takes(mapping: ForwardMapping, { publication, container }: Published): boolean {
  const { hostIp, hostPort, containerPort, protocol } = publication;
  if (protocol !== mapping.protocol || hostIp.family !== mapping.family) return false;
  const sameAddress =
    mapping.ext === null || isUnspecified(hostIp) || mapping.ext.text === hostIp.text;
  const isTarget =
    container.attachments.some(
      (attachment) => attachment[mapping.family]?.text === mapping.int.text,
    ) && containerPort === mapping.intPorts.first + (hostPort - mapping.ports.first);
  return sameAddress && !isTarget;
}

function inWords(mapping: ForwardMapping, { publication, container }: Published): string {
  return `${external(mapping)} takes port ${publication.hostPort} that container ${container.name} publishes`;
}

function warn({ at }: ForwardMapping, message: string, report: Report): void {
  report({ code: 'takes-published-port', severity: 'warning', message, at });
}
