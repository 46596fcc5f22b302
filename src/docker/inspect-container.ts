// A container as `docker inspect` prints it.
// Field names: Docker Engine API 1.40 to 1.52, ContainerInspect; podman-inspect(1) has the same.
import { type Address, parseAddress, unspecified } from '../net/address.ts';
import { isPortProblem, parsePort } from '../net/ports.ts';
import { isProtocol, type Protocol } from '../net/protocol.ts';
import {
  at,
  type Cursor,
  complain,
  elements,
  entries,
  isAbsent,
  optionalInteger,
  optionalText,
  text,
  truth,
} from './json.ts';
import type { Attachment, Container, Publication, RoutedPort } from './snapshot.ts';
import { isContainerName, readAddress, readLabels, serviceOf } from './values.ts';

/** @returns undefined after having complained of what makes it unusable */
export function readContainer(
  cursor: Cursor,
  selected: ReadonlySet<string>,
): Container | undefined {
  const id = text(at(cursor, 'Id'));
  const name = readName(at(cursor, 'Name'));
  const running = truth(at(at(cursor, 'State'), 'Running'));
  const settings = at(cursor, 'NetworkSettings');
  if (id === undefined || name === undefined || running === undefined) return undefined;
  const labels = readLabels(at(at(cursor, 'Config'), 'Labels'), selected);
  const bindings = entries(at(settings, 'Ports')).flatMap(([key, value]) => readPort(key, value));
  const isFromPodman = isPodmans(cursor);
  return {
    id,
    name,
    running,
    networkMode: optionalText(at(at(cursor, 'HostConfig'), 'NetworkMode')) ?? 'default',
    ...(isInUserNamespace(settings) && { rootless: true }),
    service: serviceOf(labels),
    labels,
    attachments: readAttachments(settings),
    published: bindings.flatMap((binding) => readPublished(binding, isFromPodman)),
    routed: running ? bindings.flatMap(readRouted) : [],
  };
}

/**
 * Podman's own client prints `ConmonPidFile`; its answer to Docker's client has the path that only
 * netavark and CNI give a namespace (`/run/netns/netns-…`).
 */
function isPodmans(cursor: Cursor): boolean {
  if (!isAbsent(at(cursor, 'ConmonPidFile'))) return true;
  const { value } = at(at(cursor, 'NetworkSettings'), 'SandboxKey');
  return typeof value === 'string' && /\/netns\/(netns|cni)-[0-9a-f-]{36}$/.test(value);
}

/** $XDG_RUNTIME_DIR, where rootless engines keep their namespaces (pam_systemd(8)). */
function isInUserNamespace(settings: Cursor): boolean {
  const { value } = at(settings, 'SandboxKey');
  return typeof value === 'string' && /^\/run\/user\/\d+\//.test(value);
}

/** Docker writes `/name`, podman `name`. */
function readName(cursor: Cursor): string | undefined {
  const written = text(cursor);
  if (written === undefined) return undefined;
  const name = written.replace(/^\//, '');
  return isContainerName(name) ? name : complain(cursor, 'is no name that a container can have');
}

function readAttachments(settings: Cursor): readonly Attachment[] {
  const networks = entries(at(settings, 'Networks'));
  if (networks.length > 0) return networks.map(([name, value]) => readAttachment(name, value));
  // Before user-defined networks, and in some podman versions, the address stands at the top only.
  const top = readAttachment('bridge', settings);
  return top.ipv4 === null && top.ipv6 === null ? [] : [top];
}

function readAttachment(network: string, cursor: Cursor): Attachment {
  return {
    network,
    ipv4: readAddress(at(cursor, 'IPAddress'), 'ipv4'),
    ipv6: readAddress(at(cursor, 'GlobalIPv6Address'), 'ipv6'),
    gwPriority: optionalInteger(at(cursor, 'GwPriority')) ?? 0,
  };
}

/** One binding of a container port. */
interface Binding {
  readonly containerPort: number;
  readonly protocol: Protocol;
  readonly cursor: Cursor;
}

/** `"80/tcp": [{"HostIp": "0.0.0.0", "HostPort": "8080"}]`, or null for a port that is only exposed. */
function readPort(key: string, bindings: Cursor): readonly Binding[] {
  if (isAbsent(bindings)) return [];
  const [number = '', protocol = ''] = key.split('/');
  const containerPort = parsePort(number);
  if (isPortProblem(containerPort)) return complain(bindings, containerPort.problem) ?? [];
  if (!isProtocol(protocol)) return complain(bindings, 'is of an unknown protocol') ?? [];
  return elements(bindings).map((cursor) => ({ containerPort, protocol, cursor }));
}

function readPublished(
  { containerPort, protocol, cursor }: Binding,
  isFromPodman: boolean,
): readonly Publication[] {
  const written = optionalText(at(cursor, 'HostPort'));
  // Of a container that has not started, a port that is still to be chosen.
  if (written === undefined || written === '0') return [];
  const hostPort = parsePort(written);
  if (isPortProblem(hostPort)) return complain(at(cursor, 'HostPort'), hostPort.problem) ?? [];
  return readHostIps(at(cursor, 'HostIp'), isFromPodman).map((hostIp) => ({
    containerPort,
    protocol,
    hostIp,
    hostPort,
  }));
}

/**
 * Docker 27 and later print an empty `HostPort` for a family whose gateway mode is `routed`, with the
 * unspecified address of that family where no other was asked for (docs/notes/routed-ports.md).
 */
function readRouted({ containerPort, protocol, cursor }: Binding): readonly RoutedPort[] {
  if (at(cursor, 'HostPort').value !== '') return [];
  return readHostIps(at(cursor, 'HostIp'), false).map(({ family }) => ({
    containerPort,
    protocol,
    family,
  }));
}

/**
 * Docker writes a binding of each family. Podman writes one that stands for both: an empty one up to
 * version 4, `0.0.0.0` from version 5 on (docs/notes/podman-inspect.md).
 */
function readHostIps(cursor: Cursor, isFromPodman: boolean): readonly Address[] {
  const written = optionalText(cursor);
  if (written === undefined || (isFromPodman && written === unspecified.ipv4.text)) {
    return Object.values(unspecified);
  }
  const hostIp = parseAddress(written);
  return hostIp === null ? (complain(cursor, 'is not an IP address') ?? []) : [hostIp];
}
