// A Snapshot as `natmap.snapshot/v1`, for a file that people keep, compare and review.
import { formatNetwork } from '../net/address.ts';
import { snapshotSchema } from './natmap-snapshot.ts';
import type { Attachment, Container, DockerNetwork, Publication, Snapshot } from './snapshot.ts';

/**
 * The same snapshot is the same text: nothing in it tells when it was taken.
 *
 * @param selected the labels that were kept because rules select by them, whether a container has
 *   one or not: a reader is not to take a label that was left out for one that is not there
 */
export function printSnapshot(snapshot: Snapshot, selected: ReadonlySet<string>): string {
  const { engine, containers, networks } = snapshot;
  const json = {
    schema: snapshotSchema,
    engine,
    selectedLabels: [...selected].sort(),
    containers: containers.map(containerJson),
    networks: networks.map(networkJson),
  };
  return `${JSON.stringify(json, null, 2)}\n`;
}

function containerJson(container: Container): object {
  const { id, name, running, networkMode, labels, attachments, published, routed } = container;
  return {
    id,
    name,
    running,
    networkMode,
    labels: Object.fromEntries(labels),
    attachments: attachments.map(attachmentJson),
    published: published.map(publicationJson),
    routed,
  };
}

function attachmentJson({ network, ipv4, ipv6, gwPriority }: Attachment): object {
  return { network, ipv4: ipv4?.text ?? null, ipv6: ipv6?.text ?? null, gwPriority };
}

function publicationJson({ containerPort, protocol, hostIp, hostPort }: Publication): object {
  return { containerPort, protocol, hostIp: hostIp.text, hostPort };
}

function networkJson(network: DockerNetwork): object {
  const { id, name, driver, bridge, internal, masquerade, gatewayModes } = network;
  const subnets = network.subnets.map(formatNetwork);
  return { id, name, driver, subnets, bridge, internal, masquerade, gatewayModes };
}
