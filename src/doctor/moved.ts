// Who has the addresses of the snapshot's containers now.
import type { DockerMapping } from '../compile/mapping.ts';
import type { Container, Snapshot } from '../docker/snapshot.ts';
import { families } from '../net/family.ts';
import { commandLine } from './command.ts';
import { applyLine } from './commands.ts';
import { addressesOf } from './containers.ts';
import { type Facts, known } from './facts.ts';
import { mappingsOf } from './host.ts';
import { isDocker } from './mappings.ts';

/** A mapping to a container that does not have the address any more. */
export interface Moved {
  readonly mapping: DockerMapping;
  /** Of the snapshot. */
  readonly was: Container;
  /** The same container now, or null when there is none of its name. */
  readonly is: Container | null;
  /** Who has the address now, or null. */
  readonly newOwner: Container | null;
}

export function movedMappings(facts: Facts): readonly Moved[] {
  const now = known(facts.containers);
  const { snapshot } = facts.intent;
  if (now === null || snapshot === null) return [];
  const [owners, newOwners] = [ownersOf(snapshot), ownersOf(now)];
  const named = new Map(now.containers.map((container) => [container.name, container]));
  const identified = new Map(now.containers.map((container) => [container.id, container]));
  return families
    .flatMap((family) => mappingsOf(facts, family).filter(isDocker))
    .flatMap((mapping): readonly Moved[] => {
      const was = owners.get(mapping.int.text);
      if (was === undefined) return [];
      const newOwner = newOwners.get(mapping.int.text) ?? null;
      const is = identified.get(was.id) ?? named.get(was.name) ?? null;
      return newOwner !== null && newOwner === is ? [] : [{ mapping, was, is, newOwner }];
    });
}

/** The commands that make the mappings follow; none where there is no file to write. */
export function follow(facts: Facts): readonly string[] {
  const { snapshot } = facts.intent.commands;
  return snapshot === null ? [] : [commandLine(...snapshot), applyLine(facts)];
}

/** Running containers by each of their addresses. */
function ownersOf({ containers }: Snapshot): ReadonlyMap<string, Container> {
  return new Map(
    containers
      .filter(({ running }) => running)
      .flatMap((container) => addressesOf(container).map(({ text }) => [text, container] as const)),
  );
}
