// From what an entry calls a container to the container and the addresses that are meant.
import { clip } from '../diagnostic/clip.ts';
import type { Diagnostic, Report } from '../diagnostic/diagnostic.ts';
import type { Located } from '../diagnostic/source.ts';
import { chooseAttachment, type Wish } from './attachment.ts';
import type { ContainerIndex } from './container-index.ts';
import { refuse } from './refuse.ts';
import type { Attachment, Container, Snapshot } from './snapshot.ts';

export interface Found {
  readonly container: Container;
  readonly attachment: Attachment;
}

/** @returns null after having reported why there is no such address */
export function findContainer(
  index: ContainerIndex,
  reference: Located<string>,
  network: Located<string> | null,
  report: Report,
): Found | null {
  const container = byReference(index, reference, report);
  return container === null ? null : attached(container, index, { reference, network }, report);
}

/**
 * Every container of a compose service, or the one that the reference means.
 *
 * @returns the usable ones: others are left out with a warning; none after having reported why
 */
export function findReplicas(
  index: ContainerIndex,
  reference: Located<string>,
  network: Located<string> | null,
  report: Report,
): readonly Found[] {
  const replicas = replicasOf(index, reference);
  if (replicas.length === 0) {
    const found = findContainer(index, reference, network, report);
    return found === null ? [] : [found];
  }
  const attach = (container: Container, reportOne: Report) =>
    attached(container, index, { reference, network }, reportOne);
  return fromReplicas(replicas, attach, report);
}

/**
 * Every container that the reference means, whatever networks it is on: all of a compose service.
 *
 * @returns the usable ones: others are left out with a warning; none after having reported why
 */
export function findUsable(
  index: ContainerIndex,
  reference: Located<string>,
  report: Report,
): readonly Container[] {
  const replicas = replicasOf(index, reference);
  const usable = (container: Container, reportOne: Report) =>
    isUsable(container, index.snapshot, reference, reportOne) ? container : null;
  if (replicas.length > 0) return fromReplicas(replicas, usable, report);
  const container = byReference(index, reference, report);
  return container !== null && usable(container, report) !== null ? [container] : [];
}

/** The containers of a compose service, none where the reference means at most one. */
function replicasOf(index: ContainerIndex, { value }: Located<string>): readonly Container[] {
  const replicas = index.byName.has(value) ? [] : (index.byService.get(value) ?? []);
  return replicas.length > 1 ? replicas : [];
}

/** What can be had of replicas; what one lacks is reported as {@link reportReplicas} does. */
function fromReplicas<T>(
  replicas: readonly Container[],
  take: (container: Container, report: Report) => T | null,
  report: Report,
): readonly T[] {
  const said: Diagnostic[] = [];
  const taken = replicas.map((container) => take(container, (each) => void said.push(each)));
  const usable = taken.filter((each) => each !== null);
  reportReplicas(said, usable.length > 0, report);
  return said.some(isOfAllReplicas) ? [] : usable;
}

/**
 * The containers that a reference means, where all of them are stopped.
 *
 * @returns none where one runs, and where it is not clear which one is meant
 */
export function findStopped(
  index: ContainerIndex,
  { value }: Located<string>,
  isBalanced: boolean,
): readonly Container[] {
  const named = index.byName.get(value);
  const found =
    named === undefined ? (index.byService.get(value) ?? byIdPrefix(index, value)) : [named];
  const isClear = found.length === 1 || (isBalanced && index.byService.has(value));
  return isClear && found.every(({ running }) => !running) ? found : [];
}

/** What one container lacks is a warning where others have it. */
function reportReplicas(said: readonly Diagnostic[], isUsable: boolean, report: Report): void {
  const error = said.find(isOfAllReplicas);
  if (error !== undefined) {
    report(error);
    return;
  }
  for (const each of said) {
    const isLeftOut = isUsable && each.severity === 'error';
    const message = isLeftOut ? `${each.message}; it is left out` : each.message;
    report({ ...each, severity: isLeftOut ? 'warning' : each.severity, message });
  }
}

/** Replicas are alike: what is wrong with the choice of a network is wrong for all of them. */
function isOfAllReplicas({ code, severity }: Diagnostic): boolean {
  return severity === 'error' && code !== 'unusable-container';
}

function attached(
  container: Container,
  { snapshot, networks }: ContainerIndex,
  wish: Wish,
  report: Report,
): Found | null {
  if (!isUsable(container, snapshot, wish.reference, report)) return null;
  const attachment = chooseAttachment(container, networks, wish, report);
  return attachment === null ? null : { container, attachment };
}

function byReference(
  index: ContainerIndex,
  reference: Located<string>,
  report: Report,
): Container | null {
  const wanted = reference.value;
  const named = index.byName.get(wanted);
  if (named !== undefined) return named;
  const replicas = index.byService.get(wanted);
  const candidates = replicas ?? byIdPrefix(index, wanted);
  const [first, second] = candidates;
  if (first !== undefined && second === undefined) return first;
  if (first !== undefined) {
    const message = `${JSON.stringify(wanted)} means several containers: ${someOf(candidates.map(({ name }) => name))}`;
    const hint =
      replicas === undefined
        ? 'name one of them'
        : 'name one of them, or spread connections over all with balance: round-robin or random';
    return refuse(report, reference, 'ambiguous-container', message, hint);
  }
  const near = index.nearestReference(wanted);
  const hint = near === null ? knownHint(index.references) : `did you mean ${near}?`;
  const message = `the snapshot has no container ${JSON.stringify(clip(wanted))}`;
  return refuse(report, reference, 'unknown-container', message, hint);
}

function byIdPrefix({ snapshot, byId }: ContainerIndex, wanted: string): readonly Container[] {
  if (!/^[0-9a-f]+$/.test(wanted)) return [];
  return byId.get(wanted) ?? snapshot.containers.filter(({ id }) => id.startsWith(wanted));
}

function isUsable(
  container: Container,
  snapshot: Snapshot,
  reference: Located<string>,
  report: Report,
): boolean {
  const reason = unusableReason(container, snapshot);
  if (reason === null) return true;
  refuse(report, reference, 'unusable-container', `container ${container.name} ${reason}`);
  return false;
}

/** Why no port of the container can be mapped, or null when it can. */
export function unusableReason(
  { running, networkMode, rootless }: Container,
  { engine, containers }: Pick<Snapshot, 'engine' | 'containers'>,
): string | null {
  if (!running) return 'is not running, so it has no address';
  if (networkMode === 'host') return "uses the host's network, so its ports need no mapping";
  if (networkMode === 'none') return 'has no network';
  if (networkMode.startsWith('container:')) {
    const peer = peerOf(networkMode, containers);
    return peer === null
      ? "shares another container's network; name that one"
      : `shares the network of container ${peer}; name that one`;
  }
  if (rootless || engine?.rootless || /^(slirp4netns|pasta)\b/.test(networkMode)) {
    return 'is rootless: its address is in a namespace of its user, and this host has no route there';
  }
  return null;
}

/** Engines print the id of the other container, and its name where it was asked for by that. */
function peerOf(networkMode: string, containers: readonly Container[]): string | null {
  const key = networkMode.slice('container:'.length);
  return containers.find(({ id, name }) => id === key || name === key)?.name ?? null;
}

function knownHint(known: readonly string[]): string {
  return known.length === 0 ? 'the snapshot has no containers' : `it has: ${someOf(known)}`;
}

/** Names in a message: not more than somebody reads. */
function someOf(names: readonly string[]): string {
  const more = names.length > 10 ? `, and ${names.length - 10} more` : '';
  return `${names.slice(0, 10).join(', ')}${more}`;
}
