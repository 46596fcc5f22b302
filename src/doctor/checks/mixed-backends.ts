// iptables and ip6tables are of different backends: two alternatives on Debian, of which one was forgotten.
import { familyNames, programNames } from '../../net/family.ts';
import type { Check } from '../check.ts';
import { commandLine } from '../command.ts';
import type { Facts } from '../facts.ts';
import type { Found } from '../finding.ts';

export const mixedBackends: Check = {
  code: 'mixed-backends',
  find: (facts) => (areBothLive(facts) && isMixed(facts) ? [describe(facts)] : []),
};

/** Rules from a file have nothing to do with the programs of this host. */
function areBothLive({ rules, otherRules }: Facts): boolean {
  return (
    [rules.ipv4, rules.ipv6].every(({ kind }) => kind === 'read') &&
    [otherRules.ipv4, otherRules.ipv6].every(({ kind }) => kind !== 'unasked')
  );
}

function isMixed({ intent: { backends } }: Facts): boolean {
  return backends.ipv4 !== backends.ipv6;
}

function describe({ intent: { backends } }: Facts): Found {
  const { ipv4: iptables, ipv6: ip6tables } = programNames;
  return {
    severity: 'warning',
    message: `${iptables} is ${backends.ipv4}, and ${ip6tables} is ${backends.ipv6}`,
    reason:
      `natmap uses each as it is; but other programs may load ${familyNames.ipv6} rules with the ` +
      'backend of IPv4, and every packet passes the rules of both.',
    commands: [
      commandLine('natmap', 'flush', '--family', 'ipv6'),
      commandLine(
        'update-alternatives',
        '--set',
        ip6tables,
        `/usr/sbin/${ip6tables}-${backends.ipv4}`,
      ),
    ],
    note: 'then apply again, and restart what else loads IPv6 rules',
  };
}
