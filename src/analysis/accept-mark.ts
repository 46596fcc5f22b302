// Docker's nftables backend drops what goes to a container port that it does not publish, whatever natmap
// accepts: an accept ends one chain of a hook, a drop ends all.
import { type ForwardMapping, isForward, type Mapping } from '../compile/mapping.ts';
import { external } from '../compile/words.ts';
import type { Report } from '../diagnostic/diagnostic.ts';
import { isOnNftables } from '../docker/engine.ts';
import type { Snapshot } from '../docker/snapshot.ts';
import { hostNetwork, isLoopback, networkContains } from '../net/address.ts';

/** What is suggested: a bit that neither Docker nor Kubernetes, Podman or Calico uses by default. */
const suggested = '0x1000000/0x1000000';

/** Reports the first mapping that Docker's rules block without a mark; one setting serves all. */
export function reportMissingMark(
  mappings: readonly Mapping[],
  snapshot: Snapshot,
  report: Report,
): void {
  if (!isOnNftables(snapshot.engine)) return;
  const blocked = mappings.filter(isForward).find(blockedBy(snapshot));
  if (blocked === undefined) return;
  report({
    code: 'accept-mark-missing',
    severity: 'error',
    message: `${external(blocked)} is forwarded to a container, and Docker with its nftables backend drops that, whatever natmap accepts`,
    at: blocked.at,
    hint: `set engine: {accept_mark: ${suggested}} in rules.d, and "bridge-accept-fwmark": "${suggested}" in /etc/docker/daemon.json`,
  });
}

/**
 * Tells the mappings that Docker's rules block: what Docker publishes itself it accepts itself, and what is
 * on loopback is not forwarded.
 */
function blockedBy({ containers, networks }: Snapshot): (mapping: ForwardMapping) => boolean {
  const addresses = new Set(
    containers.flatMap(({ attachments }) =>
      attachments.flatMap(({ ipv4, ipv6 }) => [ipv4?.text, ipv6?.text]),
    ),
  );
  const subnets = networks.flatMap((network) => (network.bridge === null ? [] : network.subnets));
  return (mapping) => {
    if (mapping.kind === 'docker' && mapping.publisher !== null) return false;
    if (mapping.ext !== null && isLoopback(mapping.ext)) return false;
    const { int } = mapping;
    const inside = hostNetwork(int);
    return addresses.has(int.text) || subnets.some((subnet) => networkContains(subnet, inside));
  };
}
