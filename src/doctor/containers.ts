// The containers of a snapshot, and the mappings that lead to them.
import type { DockerMapping } from '../compile/mapping.ts';
import type { Container } from '../docker/snapshot.ts';
import type { Address } from '../net/address.ts';
import { families } from '../net/family.ts';
import type { Facts } from './facts.ts';
import { isDocker } from './mappings.ts';

export function addressesOf({ attachments }: Container): readonly Address[] {
  return attachments.flatMap((attachment) =>
    families.flatMap((family) => attachment[family] ?? []),
  );
}

/** Mappings to containers, and not to other services. */
export function containerMappings({ intent }: Facts): readonly DockerMapping[] {
  const containers = intent.snapshot?.containers ?? [];
  const addresses = new Set(containers.flatMap(addressesOf).map(({ text }) => text));
  return intent.mappings.filter(isDocker).filter(({ int }) => addresses.has(int.text));
}
