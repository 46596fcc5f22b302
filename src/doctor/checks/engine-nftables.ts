// Docker makes its rules with nftables itself, where an accept of iptables' does not count.
import type { Check } from '../check.ts';
import { commandLine } from '../command.ts';
import { containerMappings } from '../containers.ts';
import { known } from '../facts.ts';
import { affected } from '../mappings.ts';

export const engineNftables: Check = {
  code: 'engine-nftables',
  find(facts) {
    const engine = known(facts.engine);
    const mappings = containerMappings(facts);
    const isOnNftables = engine?.kind === 'docker' && engine.firewall === 'nftables';
    if (!isOnNftables || mappings.length === 0) return [];
    return [
      {
        severity: 'error',
        message: 'Docker makes its rules with nftables',
        reason:
          'They refuse what goes to a container port that Docker does not publish itself, and an ' +
          'accept in DOCKER-USER is not final there.',
        affected: mappings.map(affected),
        commands: [commandLine('systemctl', 'restart', 'docker')],
        note: 'after setting "firewall-backend": "iptables" in /etc/docker/daemon.json, or taking --firewall-backend off its command line; else publish the port with Docker',
      },
    ];
  },
};
