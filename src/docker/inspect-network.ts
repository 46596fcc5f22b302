// A network as `docker network inspect` or `podman network inspect` prints it.
// Field names: Docker Engine API 1.40 to 1.52, NetworkInspect; Podman's begin with a small letter
// (podman-network-inspect(1)).
import { interfaceProblem } from '../net/interface.ts';
import {
  at,
  type Cursor,
  complain,
  elements,
  isAbsent,
  optionalText,
  optionalTruth,
  text,
} from './json.ts';
import type { DockerNetwork } from './snapshot.ts';
import { readInterface, readSubnet } from './values.ts';

export function isNetwork(cursor: Cursor): boolean {
  return ['IPAM', 'Driver', 'driver', 'subnets'].some((key) => !isAbsent(at(cursor, key)));
}

/** @returns undefined after having complained of what makes it unusable */
export function readNetwork(cursor: Cursor): DockerNetwork | undefined {
  return isAbsent(at(cursor, 'driver')) ? readDockers(cursor) : readPodmans(cursor);
}

function readDockers(cursor: Cursor): DockerNetwork | undefined {
  const id = text(at(cursor, 'Id'));
  const name = text(at(cursor, 'Name'));
  const driver = text(at(cursor, 'Driver'));
  if (id === undefined || name === undefined || driver === undefined) return undefined;
  const options = at(cursor, 'Options');
  const mode = (family: string) =>
    optionalText(at(options, `com.docker.network.bridge.gateway_mode_${family}`)) ?? null;
  const configs = elements(at(at(cursor, 'IPAM'), 'Config'));
  return {
    id,
    name,
    driver,
    subnets: configs.flatMap((config) => readSubnet(at(config, 'Subnet'))),
    bridge: driver === 'bridge' ? bridgeOf(at(cursor, 'Id'), id, options) : null,
    internal: optionalTruth(at(cursor, 'Internal')) ?? false,
    masquerade: isMasqueraded(options),
    gatewayModes: { ipv4: mode('ipv4'), ipv6: mode('ipv6') },
  };
}

/**
 * The option of the default network tells nothing: with `"iptables": false` dockerd sets it to false
 * itself (moby, verifyDaemonSettings in daemon/daemon_unix.go).
 */
function isMasqueraded(options: Cursor): boolean {
  const asked = optionalText(at(options, 'com.docker.network.bridge.enable_ip_masquerade'));
  return isDefault(options) || !falsehoods.has(asked ?? '');
}

function isDefault(options: Cursor): boolean {
  return optionalText(at(options, 'com.docker.network.bridge.default_bridge')) === 'true';
}

/** What ParseBool of Go takes for false (package strconv). */
const falsehoods: ReadonlySet<string> = new Set(['0', 'f', 'F', 'false', 'FALSE', 'False']);

/** What moby's bridge driver calls its interface (drivers/bridge, getBridgeName in daemon/network). */
function bridgeOf(idCursor: Cursor, id: string, options: Cursor): string | null {
  const named = readInterface(at(options, 'com.docker.network.bridge.name'));
  if (named !== null) return named;
  if (isDefault(options)) return 'docker0';
  const derived = `br-${id.slice(0, 12)}`;
  if (interfaceProblem(derived) === null) return derived;
  complain(idCursor, 'is no id that a network can have');
  return null;
}

function readPodmans(cursor: Cursor): DockerNetwork | undefined {
  const id = text(at(cursor, 'id'));
  const name = text(at(cursor, 'name'));
  const driver = text(at(cursor, 'driver'));
  if (id === undefined || name === undefined || driver === undefined) return undefined;
  return {
    id,
    name,
    driver,
    subnets: elements(at(cursor, 'subnets')).flatMap((each) => readSubnet(at(each, 'subnet'))),
    bridge: driver === 'bridge' ? readInterface(at(cursor, 'network_interface')) : null,
    internal: optionalTruth(at(cursor, 'internal')) ?? false,
    masquerade: true,
    gatewayModes: { ipv4: null, ipv6: null },
  };
}
