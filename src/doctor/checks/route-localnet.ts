// Mappings of 127.0.0.1 that the kernel keeps from leaving the host.

import { groupBy } from '../../compile/group.ts';
import type { DockerMapping } from '../../compile/mapping.ts';
import type { Address } from '../../net/address.ts';
import type { Check } from '../check.ts';
import { sysctlLine } from '../command.ts';
import type { Facts } from '../facts.ts';
import type { Found } from '../finding.ts';
import { deviceTo, isOwnAddress, isSetFor, mappingsOf, outsideDevice } from '../host.ts';
import { affected, isDocker, isOnLoopback, isProxied } from '../mappings.ts';

export const routeLocalnet: Check = {
  code: 'route-localnet',
  find(facts) {
    const mappings = mappingsOf(facts, 'ipv4').filter(isDocker).filter(isForLoopback);
    const closed = groupBy(mappings, ({ int }) => closedDevice(int, facts));
    return [...closed].map(([device, suffering]) => describe(device, suffering));
  },
};

/** The device that packets to the address leave by when it does not let out what is from 127.0.0.1. */
function closedDevice(address: Address, facts: Facts): string | null {
  const device = deviceTo(facts, address);
  // Nobody wants what listens on 127.0.0.1 to be open to the rest of the world.
  if (device === null || device === outsideDevice(facts, 'ipv4')) return null;
  if (isOwnAddress(facts, address)) return null;
  return isSetFor(facts, device, 'route_localnet') ? null : device;
}

/** A mapping of every address is one of 127.0.0.1 too. */
function isForLoopback(mapping: DockerMapping): boolean {
  return isOnLoopback(mapping) || (mapping.ext === null && !isProxied(mapping));
}

function describe(device: string, mappings: readonly DockerMapping[]): Found {
  const isAllThatTheyDo = mappings.some(isOnLoopback);
  return {
    severity: isAllThatTheyDo ? 'error' : 'note',
    message: `packets from 127.0.0.1 may not leave by ${device}: route_localnet is off there`,
    reason:
      'Connections from this host to a mapping on 127.0.0.1 get no answer; its other addresses work.',
    affected: mappings.map(affected),
    commands: [sysctlLine(`net/ipv4/conf/${device}/route_localnet`, '1')],
    note: 'on this interface only: what listens on 127.0.0.1 is then open to the machines behind it. An interface that is re-created needs it again',
  };
}
