// Neighbours of a container on its bridge that cannot use its mappings: docs/notes/bridge-netfilter.md.
import { familyNames } from '../../net/family.ts';
import { bridgeSetting, type MappedBridge, mappedBridges } from '../bridges.ts';
import type { Check } from '../check.ts';
import { commandLine, sysctlName } from '../command.ts';
import type { Facts } from '../facts.ts';
import type { Found } from '../finding.ts';
import { sysctl } from '../host.ts';
import { affected } from '../mappings.ts';

export const bridgeNetfilter: Check = {
  code: 'bridge-netfilter',
  find: (facts) =>
    mappedBridges(facts)
      .filter(({ ports, isFiltered }) => ports.length > 1 && !isFiltered)
      .map((bridge) => describe(bridge, facts)),
};

function describe(bridge: MappedBridge, facts: Facts): Found {
  const { name, family, mappings, severity } = bridge;
  const isLoaded = sysctl(facts, bridgeSetting(family)) !== null;
  const option = family === 'ipv4' ? 'nf_call_iptables' : 'nf_call_ip6tables';
  return {
    severity,
    message: `bridged ${familyNames[family]} packets do not pass iptables on ${name}`,
    reason:
      'A container that connects to a mapping of its neighbour gets the replies straight across ' +
      'the bridge, untranslated, and gives up.',
    affected: mappings.map(affected),
    commands: [
      ...(isLoaded ? [] : [commandLine('modprobe', 'br_netfilter')]),
      commandLine('ip', 'link', 'set', 'dev', name, 'type', 'bridge', option, '1'),
    ],
    note: `FORWARD then decides on what its containers send to each other, too; ${sysctlName(bridgeSetting(family))} is the switch of all bridges`,
  };
}
