// Networks that containers are on and that the snapshot does not hold, as in what `docker inspect` prints of
// containers alone.
import type { Attachment, Container, Snapshot } from './snapshot.ts';

/**
 * The names of the missing networks by the addresses of containers on them, without those that are of the
 * driver bridge in all likelihood: the default networks of Docker and Podman, and `PROJECT_NAME` of compose,
 * which has this driver unless the project asks for another.
 */
export function missingNetworks({
  containers,
  networks,
}: Pick<Snapshot, 'containers' | 'networks'>): ReadonlyMap<string, string> {
  const known = new Set([...defaults, ...networks.map(({ name }) => name)]);
  return new Map(
    containers.flatMap((container) =>
      container.attachments
        .filter(({ network }) => !known.has(network) && !isOfCompose(network, container))
        .flatMap(byAddress),
    ),
  );
}

const defaults = ['bridge', 'podman'];

function isOfCompose(network: string, { service }: Container): boolean {
  return service !== null && network.startsWith(`${service.project}_`);
}

function byAddress({ network, ipv4, ipv6 }: Attachment): [address: string, network: string][] {
  return [ipv4, ipv6].flatMap((each) => (each === null ? [] : [[each.text, network]]));
}
