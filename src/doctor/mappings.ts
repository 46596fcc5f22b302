// Mappings in words, and what the checks ask of them.
import { type DockerMapping, isSafeguard, type Mapping, placeOf } from '../compile/mapping.ts';
import { isLoopback } from '../net/address.ts';
import { labelOf, mapsInWords } from '../status/words.ts';
import type { Affected } from './finding.ts';

/** The mapping and its place, for a finding. */
export function affected(mapping: Mapping): Affected {
  const label = labelOf(mapping);
  const words = mapsInWords([mapping]);
  return { mapping: label === null ? words : `${label}: ${words}`, at: placeOf(mapping) };
}

export function isDocker(mapping: Mapping): mapping is DockerMapping {
  return mapping.kind === 'docker';
}

/** Whether an engine's proxy serves this host and the container's neighbours, past the mapping. */
export function isProxied({ publisher }: DockerMapping): boolean {
  return publisher !== null;
}

/** Whether it is on the loopback address, which only this host itself reaches. */
export function isOnLoopback(mapping: Mapping): boolean {
  return mapping.kind === 'docker' && mapping.ext !== null && isLoopback(mapping.ext);
}

/** Whether anybody but this host itself can use it. */
export function isForOthers(mapping: Mapping): boolean {
  if (isSafeguard(mapping)) return false;
  const isForNobody = mapping.kind === 'docker' && mapping.sources?.length === 0;
  return !isOnLoopback(mapping) && !isForNobody;
}
