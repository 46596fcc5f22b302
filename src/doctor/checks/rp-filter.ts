// Strict reverse path filtering on an interface that the answers would not leave by.

import { groupBy } from '../../compile/group.ts';
import type { DnatMapping } from '../../compile/mapping.ts';
import { devicesTo, outsideDevices } from '../../net/route.ts';
import type { Check } from '../check.ts';
import { lasting, sysctlLine } from '../command.ts';
import { type Facts, type HostNetwork, known } from '../facts.ts';
import { mappingsOf, sysctl } from '../host.ts';
import { affected } from '../mappings.ts';

export const rpFilter: Check = {
  code: 'rp-filter',
  find(facts) {
    const network = known(facts.network);
    if (network === null) return [];
    const mappings = mappingsOf(facts, 'ipv4').filter((mapping) => mapping.kind === 'dnat');
    const suffering = groupBy(mappings, (mapping) => {
      const { extIf } = mapping;
      if (extIf === null || !isStrict(extIf, facts)) return null;
      return answersLeaveBy(extIf, mapping, network) ? null : extIf;
    });
    return [...suffering].map(([device, those]) => {
      const path = `net/ipv4/conf/${device}/rp_filter`;
      return {
        severity: 'warning',
        message: `strict rp_filter on ${device} drops this traffic: the return route uses another interface`,
        reason:
          'The kernel drops a packet whose answer would not leave by the interface that it came in ' +
          'by. It looks after the translation, so a routing rule for the external address does not help.',
        affected: those.map(affected),
        commands: [sysctlLine(path, '2')],
        note: lasting(path, '2'),
      };
    });
  },
};

/** The larger of the two settings counts, and 2 is loose (ip-sysctl.rst, rp_filter). */
function isStrict(device: string, facts: Facts): boolean {
  const settings = ['all', device].map((each) => sysctl(facts, `net/ipv4/conf/${each}/rp_filter`));
  return Math.max(...settings.map(Number)) === 1;
}

function answersLeaveBy(
  device: string,
  { sources }: DnatMapping,
  { routes }: HostNetwork,
): boolean {
  return sources === null
    ? outsideDevices(routes, 'ipv4').includes(device)
    : sources.every(({ base }) => devicesTo(base, routes).includes(device));
}
