// A host that forwards IPv6 takes no notice of router advertisements any more.
import { advertisedDevices } from '../advertised.ts';
import type { Check } from '../check.ts';
import { lasting, sysctlLine } from '../command.ts';
import { mappingsOf, sysctl } from '../host.ts';
import { affected } from '../mappings.ts';

export const acceptRa: Check = {
  code: 'accept-ra',
  find(facts) {
    const mappings = mappingsOf(facts, 'ipv6');
    if (mappings.length === 0) return [];
    return advertisedDevices(facts)
      .filter((device) => sysctl(facts, `net/ipv6/conf/${device}/forwarding`) === '1')
      .map((device) => {
        const path = `net/ipv6/conf/${device}/accept_ra`;
        return {
          severity: 'warning',
          message: `${device} has an address from a router, and takes no more advertisements as this host forwards`,
          reason: 'When their time is over, the IPv6 address and the default route are gone.',
          affected: mappings.map(affected),
          commands: [sysctlLine(path, '2')],
          note: lasting(path, '2'),
        };
      });
  },
};
