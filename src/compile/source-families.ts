// Sources of a family in which nothing is mapped, and ports that no source reaches: NAT does not cross.
import type { DockerEntry } from '../config/ruleset.ts';
import type { Report } from '../diagnostic/diagnostic.ts';
import type { Place } from '../diagnostic/source.ts';
import { familyNames } from '../net/family.ts';
import type { ContainerMapping, DockerMapping } from './mapping.ts';

/** A port of an entry as it was written, and what it gave. */
export interface MappedPort {
  readonly at: Place;
  readonly mappings: readonly ContainerMapping[];
}

/** A source that is of no use is an error; a port that one entry cannot serve with the others, a warning. */
export function reportSourceFamilies(
  { sources }: DockerEntry,
  ports: readonly MappedPort[],
  report: Report,
): void {
  const all = ports.flatMap(dockerMappings);
  if (all.length === 0) return;
  for (const { value, at } of sources) {
    if (all.some(({ family }) => family === value.family)) continue;
    const family = familyNames[value.family];
    const message = `this source is ${family}, and the entry has no ${family} mapping`;
    report({ code: 'mixed-families', severity: 'error', message, at });
  }
  // Where no source meets any port, each of the sources has been reported.
  if (all.every(isForNobody)) return;
  for (const port of ports) {
    const message = nobodyReaches(port);
    if (message === null) continue;
    report({ code: 'mixed-families', severity: 'warning', message, at: port.at, hint: nobodyHint });
  }
}

export const nobodyHint = 'name a source of that family too, or leave the port out';

/** Why nobody reaches the port, or null where somebody does or where nothing was mapped at all. */
export function nobodyReaches(port: Pick<MappedPort, 'mappings'>): string | null {
  const mappings = dockerMappings(port);
  const [first] = mappings;
  if (first === undefined || !mappings.every(isForNobody)) return null;
  const family = familyNames[first.family];
  return `this port is mapped in ${family} only, and no source is ${family}`;
}

function dockerMappings({ mappings }: Pick<MappedPort, 'mappings'>): readonly DockerMapping[] {
  return mappings.filter((mapping) => mapping.kind === 'docker');
}

function isForNobody({ sources }: DockerMapping): boolean {
  return sources?.length === 0;
}
