// Mappings for this host itself, whose containers a neighbour can reach straight (moby#45610).

import { groupBy } from '../../compile/group.ts';
import type { DockerMapping } from '../../compile/mapping.ts';
import { findTable } from '../../iptables/ruleset.ts';
import { formatPorts } from '../../net/ports.ts';
import type { Check } from '../check.ts';
import { iptablesLine } from '../commands.ts';
import { type Facts, known } from '../facts.ts';
import type { Found } from '../finding.ts';
import { deviceTo, mappingsOf, outsideDevice } from '../host.ts';
import { anyTraffic, hostNetwork } from '../journeys.ts';
import { affected, isDocker, isOnLoopback } from '../mappings.ts';
import { isRefused, walk } from '../walk.ts';

/** The release that drops what is routed straight to a container. */
const closedSince = 28;

export const engineLoopback: Check = {
  code: 'engine-loopback',
  find(facts) {
    const engine = known(facts.engine);
    if (engine?.kind !== 'docker' || Number.parseInt(engine.version, 10) >= closedSince) return [];
    const mappings = mappingsOf(facts, 'ipv4').filter(isDocker).filter(isOnLoopback);
    const open = mappings.filter((mapping) => !isClosed(mapping, facts));
    const targets = groupBy(open, targetOf);
    return [...targets.values()].map((those) => describe(those, engine.version, facts));
  },
};

function targetOf({ int, intPorts, protocol }: DockerMapping): string {
  return `${int.text} ${formatPorts(intPorts, ':')} ${protocol}`;
}

/** Whether FORWARD refuses all that comes from outside and was not translated. */
function isClosed({ int, intPorts, protocol }: DockerMapping, facts: Facts): boolean {
  const live = known(facts.rules.ipv4);
  const filter = live === null ? undefined : findTable(live, 'filter');
  if (filter === undefined) return live === null;
  const straight = {
    ...anyTraffic,
    destination: hostNetwork(int),
    in: outsideDevice(facts, 'ipv4'),
    out: deviceTo(facts, int),
    protocol,
    ports: intPorts,
  };
  return isRefused(walk(filter, 'FORWARD', straight));
}

function describe(mappings: readonly DockerMapping[], version: string, facts: Facts): Found {
  const [first] = mappings;
  if (first === undefined) throw new Error('a group is never empty');
  const { int, intPorts, protocol, service } = first;
  const bridge = deviceTo(facts, int);
  return {
    severity: 'warning',
    message: `${service} is mapped for this host only, and Docker ${version} lets neighbours of the host reach it`,
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
