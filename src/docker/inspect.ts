// The plain output of `docker inspect` and `docker network inspect` (and podman's) to a snapshot.
// Field names: Docker Engine API 1.40 to 1.52, ContainerInspect and NetworkInspect.

import { parseAddress, parseNetwork } from '../net/address.ts';
import { familyNames } from '../net/family.ts';
import { isPortProblem, parsePort } from '../net/ports.ts';
import { isProtocol } from '../net/protocol.ts';
import {
  at,
  type Cursor,
  complain,
  elements,
  entries,
  isAbsent,
  isObject,
  optionalText,
  text,
  truth,
} from './json.ts';
import type { Attachment, Container, DockerNetwork, Publication, Snapshot } from './snapshot.ts';

/** Reads an array that mixes containers and networks in any order. */
export function readInspect(root: Cursor): Snapshot {
  const containers: Container[] = [];
  const networks: DockerNetwork[] = [];
  for (const element of elements(root)) {
    if (!isObject(element)) complain(element, 'must be an object');
    else if (isObject(at(element, 'NetworkSettings'))) push(containers, readContainer(element));
    else if (isNetwork(element)) push(networks, readNetwork(element));
    else complain(element, 'is neither a container nor a network of docker inspect');
  }
  return { containers, networks };
}

/** What a container may be called: RestrictedNameChars of moby's daemon/names. */
export function isContainerName(name: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9_.-]*$/.test(name);
}

function push<T>(list: T[], value: T | undefined): void {
  if (value !== undefined) list.push(value);
}

function readContainer(cursor: Cursor): Container | undefined {
  const id = text(at(cursor, 'Id'));
  const name = readName(at(cursor, 'Name'));
  const running = truth(at(at(cursor, 'State'), 'Running'));
  const settings = at(cursor, 'NetworkSettings');
  if (id === undefined || name === undefined || running === undefined) return undefined;
  return {
    id,
    name,
    running,
    networkMode: optionalText(at(at(cursor, 'HostConfig'), 'NetworkMode')) ?? 'default',
    service: readService(at(at(cursor, 'Config'), 'Labels')),
    attachments: readAttachments(settings),
    published: entries(at(settings, 'Ports')).flatMap(([key, value]) => readPort(key, value)),
  };
}

/** Docker writes `/name`, podman `name`. */
function readName(cursor: Cursor): string | undefined {
  const written = text(cursor);
  if (written === undefined) return undefined;
  const name = written.replace(/^\//, '');
  return isContainerName(name) ? name : complain(cursor, 'is no name that a container can have');
}

function readService(labels: Cursor): Container['service'] {
  const project = optionalText(at(labels, 'com.docker.compose.project'));
  const name = optionalText(at(labels, 'com.docker.compose.service'));
  return project === undefined || name === undefined ? null : { project, name };
}

function readAttachments(settings: Cursor): readonly Attachment[] {
  const attachments = entries(at(settings, 'Networks')).flatMap(([network, value]) =>
    readAttachment(network, value),
  );
  // Before user-defined networks, and in some podman versions, the address stands at the top only.
  return attachments.length > 0 ? attachments : readAttachment('bridge', settings);
}

function readAttachment(network: string, cursor: Cursor): readonly Attachment[] {
  const ipv4 = readAddress(at(cursor, 'IPAddress'), 'ipv4');
  const ipv6 = readAddress(at(cursor, 'GlobalIPv6Address'), 'ipv6');
  const isTopLevel = cursor.path.at(-1) === 'NetworkSettings';
  return isTopLevel && ipv4 === null && ipv6 === null ? [] : [{ network, ipv4, ipv6 }];
}

function readAddress(cursor: Cursor, family: 'ipv4' | 'ipv6') {
  const written = optionalText(cursor);
  if (written === undefined) return null;
  const address = parseAddress(written);
  if (address?.family === family) return address;
  complain(cursor, `is not an ${familyNames[family]} address`);
  return null;
}

/** `"80/tcp": [{"HostIp": "0.0.0.0", "HostPort": "8080"}]`, or null for a port that is only exposed. */
function readPort(key: string, bindings: Cursor): readonly Publication[] {
  if (isAbsent(bindings)) return [];
  const [number = '', protocol = ''] = key.split('/');
  const containerPort = parsePort(number);
  if (isPortProblem(containerPort)) return complain(bindings, containerPort.problem) ?? [];
  if (!isProtocol(protocol)) return complain(bindings, 'is of an unknown protocol') ?? [];
  return elements(bindings).flatMap((binding) => {
    const written = optionalText(at(binding, 'HostPort'));
    if (written === undefined) return [];
    const hostPort = parsePort(written);
    if (isPortProblem(hostPort)) return complain(at(binding, 'HostPort'), hostPort.problem) ?? [];
    const hostIp = parseAddress(optionalText(at(binding, 'HostIp')) ?? '0.0.0.0');
    if (hostIp === null) return complain(at(binding, 'HostIp'), 'is not an IP address') ?? [];
    return [{ containerPort, protocol, hostIp, hostPort }];
  });
}

function isNetwork(cursor: Cursor): boolean {
  return ['IPAM', 'Driver', 'driver', 'subnets'].some((key) => !isAbsent(at(cursor, key)));
}

/** Docker's keys begin with a capital, podman's do not. */
function readNetwork(cursor: Cursor): DockerNetwork | undefined {
  const either = (upper: string, lower: string) =>
    isAbsent(at(cursor, upper)) ? at(cursor, lower) : at(cursor, upper);
  const id = text(either('Id', 'id'));
  const name = text(either('Name', 'name'));
  const driver = text(either('Driver', 'driver'));
  if (id === undefined || name === undefined || driver === undefined) return undefined;
  const subnets = [
    ...elements(at(at(cursor, 'IPAM'), 'Config')).map((config) => at(config, 'Subnet')),
    ...elements(at(cursor, 'subnets')).map((subnet) => at(subnet, 'subnet')),
  ];
  return { id, name, driver, subnets: subnets.flatMap(readSubnet) };
}

export function readSubnet(cursor: Cursor) {
  const written = optionalText(cursor);
  if (written === undefined) return [];
  const network = parseNetwork(written);
  return network === null ? (complain(cursor, 'is not a network') ?? []) : [network];
}
