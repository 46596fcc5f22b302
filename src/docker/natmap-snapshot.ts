// natmap's own snapshot format, `natmap.snapshot/v1`: the Snapshot type as JSON.
import { type Address, parseAddress } from '../net/address.ts';
import { families } from '../net/family.ts';
import { highestPort } from '../net/ports.ts';
import { isProtocol, type Protocol } from '../net/protocol.ts';
import {
  at,
  type Cursor,
  complain,
  elements,
  integer,
  isAbsent,
  isObject,
  listAt,
  optionalText,
  optionalTruth,
  present,
  text,
  truth,
} from './json.ts';
import { isKeptLabel, noLabels } from './labels.ts';
import type {
  Attachment,
  Container,
  DockerNetwork,
  Engine,
  Publication,
  RoutedPort,
  Snapshot,
} from './snapshot.ts';
import {
  isContainerName,
  readAddress,
  readInterface,
  readLabels,
  readSubnet,
  serviceOf,
} from './values.ts';

export const snapshotSchema = 'natmap.snapshot/v1';

export function readNatmapSnapshot(root: Cursor, selected: ReadonlySet<string>): Snapshot {
  const engine = present(root, 'engine');
  complainOfLabels(root, selected);
  return {
    engine: isAbsent(engine) ? null : (readEngine(engine) ?? null),
    containers: listAt(root, 'containers').flatMap((item) => readContainer(item, selected) ?? []),
    networks: listAt(root, 'networks').flatMap((item) => readNetwork(item) ?? []),
  };
}

/** Without this, a container would seem not to have a label that was only never looked at. */
function complainOfLabels(root: Cursor, selected: ReadonlySet<string>): void {
  const cursor = at(root, 'selectedLabels');
  const kept = new Set(listAt(root, 'selectedLabels').map(text));
  for (const label of selected) {
    if (isKeptLabel(label, noLabels) || kept.has(label)) continue;
    complain(cursor, `lacks ${JSON.stringify(label)}, which rules select by: take it with --label`);
  }
}

function readEngine(cursor: Cursor): Engine | undefined {
  const kind = oneOf(at(cursor, 'kind'), ['docker', 'podman']);
  const version = text(at(cursor, 'version'));
  const rootless = truth(at(cursor, 'rootless'));
  if (kind === undefined || version === undefined || rootless === undefined) return undefined;
  const firewall = present(cursor, 'firewall');
  const backends = ['iptables', 'nftables', 'none'] as const;
  return {
    kind,
    version,
    rootless,
    firewall: isAbsent(firewall) ? null : (oneOf(firewall, backends) ?? null),
    makesRules: optionalTruth(at(cursor, 'makesRules')) ?? null,
  };
}

function readContainer(cursor: Cursor, selected: ReadonlySet<string>): Container | undefined {
  const id = text(at(cursor, 'id'));
  const name = text(at(cursor, 'name'));
  const running = truth(at(cursor, 'running'));
  if (id === undefined || name === undefined || running === undefined) return undefined;
  if (!isContainerName(name)) {
    return complain(at(cursor, 'name'), 'is no name that a container can have');
  }
  const labels = readLabels(objectAt(cursor, 'labels'), selected);
  return {
    id,
    name,
    running,
    networkMode: text(at(cursor, 'networkMode')) || 'default',
    service: serviceOf(labels),
    labels,
    attachments: listAt(cursor, 'attachments').flatMap((item) => readAttachment(item) ?? []),
    published: listAt(cursor, 'published').flatMap((item) => readPublication(item) ?? []),
    routed: elements(at(cursor, 'routed')).flatMap((item) => readRouted(item) ?? []),
  };
}

function readAttachment(cursor: Cursor): Attachment | undefined {
  const network = text(at(cursor, 'network'));
  if (network === undefined) return undefined;
  return {
    network,
    ipv4: readAddress(present(cursor, 'ipv4'), 'ipv4'),
    ipv6: readAddress(present(cursor, 'ipv6'), 'ipv6'),
    gwPriority: integer(at(cursor, 'gwPriority')) ?? 0,
  };
}

function readPublication(cursor: Cursor): Publication | undefined {
  const containerPort = readPort(at(cursor, 'containerPort'));
  const hostPort = readPort(at(cursor, 'hostPort'));
  const protocol = readProtocol(at(cursor, 'protocol'));
  const hostIp = readHostIp(at(cursor, 'hostIp'));
  if (containerPort === undefined || hostPort === undefined || hostIp === undefined) {
    return undefined;
  }
  return protocol && { containerPort, protocol, hostIp, hostPort };
}

function readRouted(cursor: Cursor): RoutedPort | undefined {
  const containerPort = readPort(at(cursor, 'containerPort'));
  const protocol = readProtocol(at(cursor, 'protocol'));
  const family = oneOf(at(cursor, 'family'), families);
  if (containerPort === undefined || protocol === undefined) return undefined;
  return family && { containerPort, protocol, family };
}

function readProtocol(cursor: Cursor): Protocol | undefined {
  const written = text(cursor);
  if (written === undefined || isProtocol(written)) return written;
  return complain(cursor, 'is not a known protocol');
}

function readHostIp(cursor: Cursor): Address | undefined {
  const written = text(cursor);
  if (written === undefined) return undefined;
  return parseAddress(written) ?? complain(cursor, 'is not an IP address');
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
  const modes = objectAt(cursor, 'gatewayModes');
  // Where the object is missing, its keys need no complaint of their own.
  const isGiven = isObject(at(cursor, 'gatewayModes'));
  const gatewayMode = (family: string) => (isGiven ? present : at)(modes, family);
  return {
    id,
    name,
    driver,
    subnets: listAt(cursor, 'subnets').flatMap(readSubnet),
    bridge: readInterface(present(cursor, 'bridge')),
    internal: truth(at(cursor, 'internal')) ?? false,
    masquerade: optionalTruth(at(cursor, 'masquerade')) ?? true,
    gatewayModes: {
      ipv4: optionalText(gatewayMode('ipv4')) ?? null,
      ipv6: optionalText(gatewayMode('ipv6')) ?? null,
    },
  };
}

/** An object that has to be there. */
function objectAt(cursor: Cursor, key: string): Cursor {
  const found = at(cursor, key);
  if (!isObject(found)) complain(found, isAbsent(found) ? 'is missing' : 'must be an object');
  return isObject(found) ? found : { ...found, value: {} };
}

function oneOf<T extends string>(cursor: Cursor, choices: readonly T[]): T | undefined {
  const chosen = choices.find((choice) => choice === cursor.value);
  return chosen ?? complain(cursor, `must be one of ${choices.join(', ')}`);
}
