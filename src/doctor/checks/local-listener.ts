// Processes of this host that listen on a port that a mapping takes.

import { groupBy } from '../../compile/group.ts';
import { type ForwardMapping, isForward } from '../../compile/mapping.ts';
import type { Container } from '../../docker/snapshot.ts';
import { type Address, isLoopback, isUnspecified, withPort } from '../../net/address.ts';
import type { Listener, Process } from '../../net/listener.ts';
import type { Check } from '../check.ts';
import { commandLine } from '../command.ts';
import { type Facts, known } from '../facts.ts';
import type { Found } from '../finding.ts';
import { affected, isDocker, isProxied } from '../mappings.ts';

export const localListener: Check = {
  code: 'local-listener',
  find(facts) {
    const mappings = facts.intent.mappings.filter(isForward);
    const taken = (known(facts.listeners) ?? []).flatMap((listener) => {
      const by = mappings.filter(
        (mapping) => takes(mapping, listener) && !isSameService(mapping, listener, facts),
      );
      return by.length === 0 ? [] : [{ listener, by }];
    });
    return [...groupBy(taken, serviceOf).values()].map(describe);
  },
};

interface Taken {
  readonly listener: Listener;
  readonly by: readonly ForwardMapping[];
}

/** Most listen on a port of each family, docker-proxy by a process each. */
function serviceOf({ listener: { process, port, protocol } }: Taken): string {
  return `${port}/${protocol} ${process?.name ?? ''}`;
}

function takes(mapping: ForwardMapping, { protocol, address, port }: Listener): boolean {
  return (
    mapping.protocol === protocol &&
    mapping.ports.first <= port &&
    port <= mapping.ports.last &&
    takesAddress(mapping, address)
  );
}

function takesAddress(mapping: ForwardMapping, address: Address): boolean {
  const { ext, family } = mapping;
  // A socket on :: takes IPv4 connections as well, unless it says otherwise (ipv6(7), IPV6_V6ONLY).
  if (isUnspecified(address)) return address.family === family || address.family === 'ipv6';
  if (ext !== null) return ext.text === address.text;
  if (address.family !== family) return false;
  // Of the mappings of every address, only those of containers are there on 127.0.0.1.
  return !isLoopback(address) || (isDocker(mapping) && !isProxied(mapping) && family === 'ipv4');
}

/** An engine's proxy, or anyone who holds a published port for it, leads to the same container. */
function isSameService(mapping: ForwardMapping, listener: Listener, facts: Facts): boolean {
  return (
    isProxyTo(mapping, listener) ||
    (facts.intent.snapshot?.containers ?? []).some((each) => publishes(each, mapping, listener))
  );
}

const proxy = 'docker-proxy';

/** It says in its arguments where it leads (moby, cmd/docker-proxy). */
function isProxyTo(mapping: ForwardMapping, { process, port }: Listener): boolean {
  const argument = (name: string) => process?.command[process.command.indexOf(name) + 1];
  return (
    process?.name === proxy &&
    argument('-container-ip') === mapping.int.text &&
    argument('-container-port') === String(insidePort(mapping, port))
  );
}

function publishes(container: Container, mapping: ForwardMapping, listener: Listener): boolean {
  const { family, int, protocol } = mapping;
  return (
    container.attachments.some((attachment) => attachment[family]?.text === int.text) &&
    container.published.some(
      ({ hostPort, containerPort, ...publication }) =>
        publication.protocol === protocol &&
        hostPort === listener.port &&
        containerPort === insidePort(mapping, listener.port),
    )
  );
}

function insidePort({ ports, intPorts }: ForwardMapping, port: number): number {
  return intPorts.first + port - ports.first;
}

function describe(taken: readonly Taken[]): Found {
  const listeners = taken.map(({ listener }) => listener);
  const places = listeners.map(
    ({ address, port, protocol }) => `${withPort(address, String(port))}/${protocol}`,
  );
  return {
    severity: 'warning',
    message: `${whoIs(listeners)} listens on ${places.join(' and ')}, which a mapping takes`,
    reason:
      'Connections from outside go to the mapping and never to the process; where the mapping does ' +
      'not hold, as for this host itself without local: true, the process answers in its place.',
    affected: [...new Set(taken.flatMap(({ by }) => by))].map(affected),
    commands: [whoListens(listeners)],
    note: `one of the two has to go elsewhere: ${waysOut(listeners)}, or change the mapping`,
  };
}

function processesOf(listeners: readonly Listener[]): readonly Process[] {
  const processes = listeners.flatMap(({ process }) => process ?? []);
  return [...new Map(processes.map((process) => [process.id, process])).values()];
}

function whoIs(listeners: readonly Listener[]): string {
  const processes = processesOf(listeners);
  const [first] = processes;
  if (first === undefined) return 'a process that may not be seen';
  return `${first.name} (process ${processes.map(({ id }) => id).join(' and ')})`;
}

/** What natmap cannot fix, as it does not know which of the two is meant, it helps to look into. */
function whoListens(listeners: readonly Listener[]): string {
  const [first] = listeners;
  if (first?.process?.name === proxy) {
    return commandLine('docker', 'ps', '--filter', `publish=${first.port}`);
  }
  return commandLine(
    'ss',
    `-lnp${first?.protocol === 'udp' ? 'u' : 't'}`,
    `sport = :${first?.port}`,
  );
}

function waysOut(listeners: readonly Listener[]): string {
  const [first, ...others] = processesOf(listeners);
  if (first === undefined) return 'have the process listen on another port or address';
  if (first.name === proxy) return 'publish the container on another port';
  const ids = [first, ...others].map(({ id }) => id).join(' ');
  return `have the process listen on another port or address (kill ${ids} ends it)`;
}
