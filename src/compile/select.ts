// Whether a container is one of those that a publish entry selects or excludes.
import type { PublishEntry, Selection } from '../config/ruleset.ts';
import type { Container } from '../docker/snapshot.ts';
import { matchesGlob } from './glob.ts';

export function isSelected({ select, exclude }: PublishEntry, container: Container): boolean {
  const isMeant = select === null || selects(select, container);
  return isMeant && !(exclude !== null && selects(exclude, container));
}

function selects({ name, project, labels }: Selection, container: Container): boolean {
  const label = (key: string, glob: string) => {
    const value = container.labels.get(key);
    return value !== undefined && matchesGlob(glob, value);
  };
  return (
    (name === null || matchesGlob(name, container.name)) &&
    (project === null || label('com.docker.compose.project', project)) &&
    [...labels].every(([key, glob]) => label(key, glob))
  );
}
