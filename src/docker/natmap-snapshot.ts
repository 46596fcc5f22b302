// natmap's own snapshot format, `natmap.snapshot/v1`: the Snapshot type as JSON.
import { type Address, parseAddress } from '../net/address.ts';
import { highestPort } from '../net/ports.ts';
import { isProtocol } from '../net/protocol.ts';
import { isContainerName, readSubnet } from './inspect.ts';
import {
  at,
  type Cursor,
  complain,
  elements,
  isAbsent,
  optionalText,
  text,
  truth,
} from './json.ts';
import type { Attachment, Container, DockerNetwork, Publication, Snapshot } from './snapshot.ts';

export const snapshotSchema = 'natmap.snapshot/v1';

export function readNatmapSnapshot(root: Cursor): Snapshot {
  return {
    containers: elements(at(root, 'containers')).flatMap((item) => readContainer(item) ?? []),
    networks: elements(at(root, 'networks')).flatMap((item) => readNetwork(item) ?? []),
  };
}

function readContainer(cursor: Cursor): Container | undefined {
  const id = text(at(cursor, 'id'));
  const name = text(at(cursor, 'name'));
  const running = truth(at(cursor, 'running'));
  if (id === undefined || name === undefined || running === undefined) return undefined;
  if (!isContainerName(name)) {
    return complain(at(cursor, 'name'), 'is no name that a container can have');
  }
  const service = at(cursor, 'service');
  return {
    id,
    name,
    running,
    networkMode: optionalText(at(cursor, 'networkMode')) ?? 'default',
    service: isAbsent(service) ? null : readService(service),
    attachments: elements(at(cursor, 'attachments')).flatMap((item) => readAttachment(item) ?? []),
    published: elements(at(cursor, 'published')).flatMap((item) => readPublication(item) ?? []),
  };
}

function readService(cursor: Cursor): Container['service'] {
  const project = text(at(cursor, 'project'));
  const name = text(at(cursor, 'name'));
  return project === undefined || name === undefined ? null : { project, name };
}

function readAttachment(cursor: Cursor): Attachment | undefined {
  const network = text(at(cursor, 'network'));
  if (network === undefined) return undefined;
  return {
    network,
    ipv4: readAddress(at(cursor, 'ipv4'), 'ipv4'),
    ipv6: readAddress(at(cursor, 'ipv6'), 'ipv6'),
  };
}

function readAddress(cursor: Cursor, family: Address['family'] | null): Address | null {
  const written = optionalText(cursor);
  if (written === undefined) return null;
  const address = parseAddress(written);
  if (address !== null && (family === null || address.family === family)) return address;
  complain(cursor, 'is not an address of this family');
  return null;
}

function readPublication(cursor: Cursor): Publication | undefined {
  const containerPort = readPort(at(cursor, 'containerPort'));
  const hostPort = readPort(at(cursor, 'hostPort'));
  const protocol = text(at(cursor, 'protocol'));
  const hostIp = readAddress(at(cursor, 'hostIp'), null);
  if (containerPort === undefined || hostPort === undefined || hostIp === null) return undefined;
  if (protocol === undefined || !isProtocol(protocol)) {
    return complain(at(cursor, 'protocol'), 'is not a known protocol');
  }
  return { containerPort, protocol, hostIp, hostPort };
}

function readPort(cursor: Cursor): number | undefined {
  const { value } = cursor;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= highestPort) {
    return value;
  }
  return complain(cursor, `must be a port from 1 to ${highestPort}`);
}

function readNetwork(cursor: Cursor): DockerNetwork | undefined {
  const id = text(at(cursor, 'id'));
  const name = text(at(cursor, 'name'));
  const driver = text(at(cursor, 'driver'));
  if (id === undefined || name === undefined || driver === undefined) return undefined;
  return { id, name, driver, subnets: elements(at(cursor, 'subnets')).flatMap(readSubnet) };
}
