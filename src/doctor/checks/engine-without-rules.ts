// Docker is configured to make no rules, and nothing else gives its containers a way out.
import type { DockerMapping } from '../../compile/mapping.ts';
import { untranslatedReason } from '../../compile/masquerade.ts';
import { findTable, type Ruleset } from '../../iptables/ruleset.ts';
import { hostNetwork, networkContains, parseNetwork } from '../../net/address.ts';
import { type Family, familyNames } from '../../net/family.ts';
import type { Check } from '../check.ts';
import { commandLine } from '../command.ts';
import { containerMappings } from '../containers.ts';
import { type Facts, known } from '../facts.ts';
import type { Found } from '../finding.ts';
import { liveRules, outsideDevice } from '../host.ts';
import { liveEnd } from '../live-tables.ts';
import { affected } from '../mappings.ts';
import { anyPackets } from '../packets.ts';

export const engineWithoutRules: Check = {
  code: 'engine-without-rules',
  find(facts) {
    if (known(facts.engine)?.makesRules !== false) return [];
    return liveRules(facts).flatMap((live) => {
      const mappings = containerMappings(facts).filter(
        (mapping) =>
          mapping.family === live.family &&
          !isToKeepAddresses(mapping, facts) &&
          leavesUntranslated(mapping, live, facts),
      );
      return mappings.length === 0 ? [] : [describe(mappings, live)];
    });
  },
};

/** Whether its network was made so that nobody there gets an address of the host. */
function isToKeepAddresses({ int }: DockerMapping, { intent }: Facts): boolean {
  const address = hostNetwork(int);
  return (intent.snapshot?.networks ?? [])
    .filter((network) => untranslatedReason(network, int.family) !== null)
    .some(({ subnets }) => subnets.some((subnet) => networkContains(subnet, address)));
}

/** Whether no rule decides on what the container sends to the rest of the world. */
function leavesUntranslated({ int }: DockerMapping, live: Ruleset, facts: Facts): boolean {
  if (findTable(live, 'nat') === undefined) return true;
  const leaving = {
    ...anyPackets,
    source: hostNetwork(int),
    destination: parseNetwork(somebody[live.family]),
    out: outsideDevice(facts, live.family),
    protocol: 'tcp',
  } as const;
  return liveEnd(live, facts, { table: 'nat', from: 'POSTROUTING' }, leaving).kind === 'policy';
}

/** Stand for all the world: nobody has these addresses (RFC 5737, RFC 6666). */
const somebody: Readonly<Record<Family, string>> = { ipv4: '192.0.2.1', ipv6: '100::1' };

function describe(mappings: readonly DockerMapping[], { family }: Ruleset): Found {
  return {
    severity: 'warning',
    message: `Docker makes no ${familyNames[family]} rules, and nothing masquerades its containers`,
    reason:
      'The mappings work, but connections from the containers leave with addresses that nobody ' +
      'outside can answer, and ports that Docker publishes are not there.',
    affected: mappings.map(affected),
    commands: [commandLine('systemctl', 'restart', 'docker')],
    note: 'after taking "iptables": false out of /etc/docker/daemon.json; or name the networks under masquerade: in rules.d, add publish:, and apply',
  };
}
