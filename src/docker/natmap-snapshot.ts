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
  isAbsent,
  optionalInteger,
  optionalText,
  optionalTruth,
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
  const engine = at(root, 'engine');
  complainOfLabels(at(root, 'selectedLabels'), selected);
  return {
    engine: isAbsent(engine) ? null : (readEngine(engine) ?? null),
    containers: elements(at(root, 'containers')).flatMap(
      (item) => readContainer(item, selected) ?? [],
    ),
    networks: elements(at(root, 'networks')).flatMap((item) => readNetwork(item) ?? []),
  };
}

/** Without this, a container would seem not to have a label that was only never looked at. */
function complainOfLabels(cursor: Cursor, selected: ReadonlySet<string>): void {
  const kept = new Set(elements(cursor).map(text));
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
  const firewall = at(cursor, 'firewall');
  const backends = ['iptables', 'nftables'] as const;
  return {
    kind,
    version,
    rootless,
    firewall: isAbsent(firewall) ? null : (oneOf(firewall, backends) ?? null),
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
  const labels = readLabels(at(cursor, 'labels'), selected);
  return {
    id,
    name,
    running,
    networkMode: optionalText(at(cursor, 'networkMode')) ?? 'default',
    service: serviceOf(labels),
    labels,
    attachments: elements(at(cursor, 'attachments')).flatMap((item) => readAttachment(item) ?? []),
    published: elements(at(cursor, 'published')).flatMap((item) => readPublication(item) ?? []),
    routed: elements(at(cursor, 'routed')).flatMap((item) => readRouted(item) ?? []),
  };
}

function readAttachment(cursor: Cursor): Attachment | undefined {
  const network = text(at(cursor, 'network'));
  if (network === undefined) return undefined;
  return {
    network,
    ipv4: readAddress(at(cursor, 'ipv4'), 'ipv4'),
    ipv6: readAddress(at(cursor, 'ipv6'), 'ipv6'),
    gwPriority: optionalInteger(at(cursor, 'gwPriority')) ?? 0,
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
  const modes = at(cursor, 'gatewayModes');
  return {
    id,
    name,
    driver,
    subnets: elements(at(cursor, 'subnets')).flatMap(readSubnet),
    bridge: readInterface(at(cursor, 'bridge')),
    internal: optionalTruth(at(cursor, 'internal')) ?? false,
    masquerade: optionalTruth(at(cursor, 'masquerade')) ?? true,
    gatewayModes: {
      ipv4: optionalText(at(modes, 'ipv4')) ?? null,
      ipv6: optionalText(at(modes, 'ipv6')) ?? null,
    },
  };
}

function oneOf<T extends string>(cursor: Cursor, choices: readonly T[]): T | undefined {
  const chosen = choices.find((choice) => choice === cursor.value);
  return chosen ?? complain(cursor, `must be one of ${choices.join(', ')}`);
}
