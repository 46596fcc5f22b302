// Ports that are for this host itself, whose containers a neighbour can reach straight (moby#45610).

import { claimedSources } from '../../compile/claims.ts';
import { groupBy } from '../../compile/group.ts';
import { type DockerMapping, isForward } from '../../compile/mapping.ts';
import type { Container, Publication } from '../../docker/snapshot.ts';
import { type Address, hostNetwork, isLoopback } from '../../net/address.ts';
import { formatPorts, type PortRange } from '../../net/ports.ts';
import type { Protocol } from '../../net/protocol.ts';
import { isRefused } from '../chain-end.ts';
import type { Check } from '../check.ts';
import { iptablesLine } from '../commands.ts';
import { type Facts, known } from '../facts.ts';
import type { Found } from '../finding.ts';
import { deviceTo, mappingsOf, outsideDevice } from '../host.ts';
import { liveEnd } from '../live-tables.ts';
import { affected, isDocker, isOnLoopback } from '../mappings.ts';
import { anyPackets } from '../packets.ts';

/** The release that drops what is routed straight to a container. */
const closedSince = 28;

export const engineLoopback: Check = {
  code: 'engine-loopback',
  find(facts) {
    const engine = known(facts.engine);
    if (engine?.kind !== 'docker' || Number.parseInt(engine.version, 10) >= closedSince) return [];
    return [...mappedDoors(facts), ...publishedDoors(facts)]
      .filter((door) => !isClosed(door, facts))
      .map((door) => describe(door, engine.version, facts));
  },
};

/** Ports of a container that only this host is to reach. */
interface Door {
  readonly service: string;
  readonly int: Address;
  readonly intPorts: PortRange;
  readonly protocol: Protocol;
  /** None where Docker itself publishes it. */
  readonly mappings: readonly DockerMapping[];
}

function mappedDoors(facts: Facts): readonly Door[] {
  const mappings = mappingsOf(facts, 'ipv4').filter(isDocker).filter(isOnLoopback);
  return [...groupBy(mappings, portKey).values()].flatMap((those) =>
    those.slice(0, 1).map((first) => ({ ...first, mappings: those })),
  );
}

/** What Docker publishes on 127.0.0.1 only, and no mapping opens to everybody or has reported already. */
function publishedDoors(facts: Facts): readonly Door[] {
  const mappings = mappingsOf(facts, 'ipv4')
    .filter(isForward)
    .filter((mapping) => isOnLoopback(mapping) || claimedSources(mapping) === null);
  const byService = groupBy(mappings, serviceKey);
  const isMapped = (door: Door) =>
    (byService.get(serviceKey(door)) ?? []).some(
      ({ intPorts: { first, last } }) => first <= door.intPorts.first && door.intPorts.last <= last,
    );
  const containers = facts.intent.snapshot?.containers ?? [];
  const doors = groupBy(containers.flatMap(doorsOf), portKey);
  return [...doors.values()].flatMap(([door]) => (door && !isMapped(door) ? [door] : []));
}

type Inside = Pick<Door, 'int' | 'intPorts' | 'protocol'>;

function portKey(inside: Inside): string {
  return `${serviceKey(inside)} ${formatPorts(inside.intPorts, ':')}`;
}

function serviceKey({ int, protocol }: Omit<Inside, 'intPorts'>): string {
  return `${int.text} ${protocol}`;
}

/** On each of its networks: Docker's rules tell on which one it is. */
function doorsOf({ running, name, attachments, published }: Container): readonly Door[] {
  const isForAll = ({ containerPort, protocol }: Publication) =>
    published.some(
      (other) =>
        !isLoopback(other.hostIp) &&
        other.containerPort === containerPort &&
        other.protocol === protocol,
    );
  const inside = published.filter((each) => each.hostIp.family === 'ipv4' && !isForAll(each));
  return inside.flatMap(({ containerPort, protocol }) =>
    attachments.flatMap(({ ipv4 }) => {
      if (!running || ipv4 === null) return [];
      const intPorts = { first: containerPort, last: containerPort };
      return [{ service: name, int: ipv4, intPorts, protocol, mappings: [] }];
    }),
  );
}

/** Whether FORWARD refuses all that comes from outside and was not translated. */
function isClosed({ int, intPorts, protocol }: Door, facts: Facts): boolean {
  const live = known(facts.rules.ipv4);
  if (live === null) return true;
  const straight = {
    ...anyPackets,
    destination: hostNetwork(int),
    in: outsideDevice(facts, 'ipv4'),
    out: deviceTo(facts, int),
    protocol,
    ports: intPorts,
  };
  return isRefused(liveEnd(live, facts, { table: 'filter', from: 'FORWARD' }, straight));
}

function describe(door: Door, version: string, facts: Facts): Found {
  const { service, int, intPorts, protocol, mappings } = door;
  const bridge = deviceTo(facts, int);
  const port = `port ${formatPorts(intPorts, '-')}/${protocol} of ${service}`;
  return {
    severity: 'warning',
    message: `${port} is ${mappings.length > 0 ? 'mapped' : 'published'} for this host only, and Docker ${version} lets neighbours of the host reach it`,
    reason: `A machine on the same network as the host that routes ${int.text} by it is let in: Docker ${closedSince} closed that (moby#45610).`,
    affected: mappings.map(affected),
    commands: [
      iptablesLine(
        ...([facts, 'ipv4', '-w', '-I', 'DOCKER-USER'] as const),
        ...(bridge === null ? [] : ['!', '-i', bridge]),
        ...['-d', int.text, '-p', protocol, '--dport', formatPorts(intPorts, ':')],
        ...['-m', 'conntrack', '!', '--ctstate', 'DNAT', '-j', 'DROP'],
      ),
    ],
    note: `or upgrade to Docker ${closedSince}`,
  };
}
