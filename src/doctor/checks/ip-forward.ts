// The host does not pass packets on.

import { groupBy } from '../../compile/group.ts';
import { isForward, type Mapping } from '../../compile/mapping.ts';
import { type Family, families, familyNames } from '../../net/family.ts';
import { advertisedDevices } from '../advertised.ts';
import type { Check } from '../check.ts';
import { lasting, sysctlLine } from '../command.ts';
import type { Facts } from '../facts.ts';
import type { Found } from '../finding.ts';
import { deviceTo, mappingsOf, sysctl } from '../host.ts';
import { affected, isForOthers } from '../mappings.ts';

export const ipForward: Check = {
  code: 'ip-forward',
  find: (facts) =>
    families.flatMap((family) => {
      const passing = mappingsOf(facts, family).filter(isForOthers);
      if (passing.length === 0) return [];
      const path = wholeHost[family];
      const isOff = sysctl(facts, path) === '0';
      return isOff ? [describeHost(path, family, passing, facts)] : findDevices(passing, facts);
    }),
};

/** ip-sysctl.rst: the first is a second name of conf/all/forwarding. */
const wholeHost: Readonly<Record<Family, string>> = {
  ipv4: 'net/ipv4/ip_forward',
  ipv6: 'net/ipv6/conf/all/forwarding',
};

function describeHost(
  path: string,
  family: Family,
  passing: readonly Mapping[],
  facts: Facts,
): Found {
  // A host that forwards ignores router advertisements unless it is configured to take them.
  const advertised = family === 'ipv6' ? advertisedDevices(facts) : [];
  return {
    severity: 'error',
    message: `${familyNames[family]} forwarding is off`,
    reason:
      'The host drops every packet that is not for itself, and so all that a mapping redirects.',
    affected: passing.map(affected),
    commands: [
      ...advertised.map((device) => sysctlLine(`net/ipv6/conf/${device}/accept_ra`, '2')),
      sysctlLine(path, '1'),
    ],
    note: lasting(path, '1'),
  };
}

/** IPv4 can be off for packets that come in by one interface, whatever holds for the host. */
function findDevices(passing: readonly Mapping[], facts: Facts): readonly Found[] {
  const pairs = passing
    .filter(({ family }) => family === 'ipv4')
    .flatMap((mapping) => devicesOf(mapping, facts).map((device) => ({ device, mapping })));
  const closed = groupBy(pairs, ({ device }) =>
    sysctl(facts, forwardingOf(device)) === '0' ? device : null,
  );
  return [...closed].map(([device, suffering]) => ({
    severity: 'error',
    message: `IPv4 forwarding is off for what comes in by ${device}`,
    reason: 'The host passes on neither the connections nor the replies that come in there.',
    affected: suffering.map(({ mapping }) => affected(mapping)),
    commands: [sysctlLine(forwardingOf(device), '1')],
    note: lasting(forwardingOf(device), '1'),
  }));
}

function forwardingOf(device: string): string {
  return `net/ipv4/conf/${device}/forwarding`;
}

/** Where connections come in, and where their replies do. */
function devicesOf(mapping: Mapping, facts: Facts): readonly string[] {
  const outside = 'extIf' in mapping ? mapping.extIf : null;
  return [...new Set([insideDevice(mapping, facts), outside])].filter((device) => device !== null);
}

function insideDevice(mapping: Mapping, facts: Facts): string | null {
  if (mapping.kind === 'snat') return deviceTo(facts, mapping.int.base);
  if (mapping.kind === 'restriction') return mapping.bridges[0] ?? null;
  return isForward(mapping) ? deviceTo(facts, mapping.int) : mapping.bridge;
}
