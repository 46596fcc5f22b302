// Networks without a way out (`docker network create --internal`).
import type { Container, DockerNetwork } from './snapshot.ts';

/** Such a container has no default route: it can answer its neighbours, and nobody who comes through a mapping. */
export function isOnInternalNetworksOnly(
  { attachments }: Container,
  networks: ReadonlyMap<string, DockerNetwork>,
): boolean {
  return (
    attachments.length > 0 && attachments.every(({ network }) => networks.get(network)?.internal)
  );
}
