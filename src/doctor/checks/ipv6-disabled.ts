// IPv6 is switched off by the sysctl disable_ipv6: interfaces have no IPv6 address and drop IPv6 packets.
import type { Check } from '../check.ts';
import { lasting, sysctlLine } from '../command.ts';
import { mappingsOf, sysctl } from '../host.ts';
import { affected } from '../mappings.ts';

export const ipv6Disabled: Check = {
  code: 'ipv6-disabled',
  find(facts) {
    const mappings = mappingsOf(facts, 'ipv6');
    if (mappings.length === 0 || sysctl(facts, path) !== '1') return [];
    return [
      {
        severity: 'error',
        message: 'IPv6 is switched off on every interface (disable_ipv6)',
        reason: 'The kernel drops every IPv6 packet, and interfaces have no IPv6 address.',
        affected: mappings.map(affected),
        commands: [sysctlLine(path, '0')],
        note: `${lasting(path, '0')}; or leave the IPv6 mappings out`,
      },
    ];
  },
};

/** ip-sysctl.rst: a value that is written to `all` is set for every interface. */
const path = 'net/ipv6/conf/all/disable_ipv6';
