// Containers that cannot reach themselves by their mappings: docs/notes/bridge-netfilter.md.

import { groupBy } from '../../compile/group.ts';
import { letsInItself, mappedBridges } from '../bridges.ts';
import type { Check } from '../check.ts';
import { commandLine } from '../command.ts';
import { affected } from '../mappings.ts';

export const bridgeHairpin: Check = {
  code: 'bridge-hairpin',
  find(facts) {
    const bridges = groupBy(mappedBridges(facts), ({ name, isFiltered }) =>
      isFiltered ? name : null,
    );
    return [...bridges].flatMap(([name, families]) => {
      const ports = (families[0]?.ports ?? []).filter(({ hairpin }) => !hairpin);
      const mappings = families.flatMap((bridge) => bridge.mappings.filter(letsInItself));
      if (ports.length === 0 || mappings.length === 0) return [];
      const isAsked = families.some(({ severity }) => severity === 'warning');
      return [
        {
          severity: isAsked ? 'warning' : 'note',
          message: `hairpin mode is off on ports of ${name}`,
          reason:
            'Bridged packets pass iptables there, so a container that connects to its own mapping ' +
            'is answered within the bridge, which drops what would go back to it.',
          affected: mappings.map(affected),
          commands: ports.map(({ name: port }) => hairpinOn(port)),
          note: 'a container that starts has a new port; Docker does this itself with "userland-proxy": false in /etc/docker/daemon.json',
        },
      ];
    });
  },
};

function hairpinOn(port: string): string {
  return commandLine(
    'ip',
    'link',
    'set',
    'dev',
    port,
    ...['type', 'bridge_slave', 'hairpin', 'on'],
  );
}
