// Docker makes its rules with nftables itself, where an accept of iptables does not count: it lets in what
// it publishes, and packets with the mark of its bridge-accept-fwmark.
import type { DockerMapping } from '../../compile/mapping.ts';
import { isOnNftables } from '../../docker/engine.ts';
import { findChain, findTable } from '../../iptables/ruleset.ts';
import { dockerUser } from '../../iptables/wanted.ts';
import { type Family, families, familyNames } from '../../net/family.ts';
import { formatMark, type Mark } from '../../net/mark.ts';
import type { Check } from '../check.ts';
import { commandLine } from '../command.ts';
import { iptablesLine } from '../commands.ts';
import { containerMappings } from '../containers.ts';
import { type Facts, known } from '../facts.ts';
import type { Found } from '../finding.ts';
import { liveRules } from '../host.ts';
import { affected, isForOthers, isProxied } from '../mappings.ts';
import { dockerMarks } from '../nft/docker-marks.ts';

export const engineNftables: Check = {
  code: 'engine-nftables',
  find(facts) {
    const engine = known(facts.engine);
    if (engine === null || !isOnNftables(engine)) return [];
    const mappings = containerMappings(facts).filter(
      (mapping) => isForOthers(mapping) && !isProxied(mapping),
    );
    return [
      ...(mappings.length === 0 ? [] : findUnmarked(mappings, facts)),
      ...liveRules(facts).flatMap(({ family, tables }) => {
        const filter = findTable({ family, tables }, dockerUser.table);
        const forward = filter && findChain(filter, dockerUser.from);
        return forward?.policy === 'DROP' ? [describePolicy(family, facts)] : [];
      }),
    ];
  },
};

/** What is suggested where the rules name no mark. */
const suggested: Mark = { value: 0x1000000, mask: 0x1000000 };

function findUnmarked(mappings: readonly DockerMapping[], facts: Facts): readonly Found[] {
  const { acceptMark } = facts.intent;
  if (acceptMark === null) {
    const mark = formatMark(suggested);
    const message = 'Docker makes its rules with nftables, and the rules name no accept_mark';
    const note = `after setting "bridge-accept-fwmark": "${mark}" in /etc/docker/daemon.json; set engine: {accept_mark: ${mark}} in rules.d, and apply`;
    return [describe(message, mappings, note)];
  }
  const tables = known(facts.nftables);
  if (tables === null) return [];
  const wanted = formatMark(acceptMark);
  const note = `after setting "bridge-accept-fwmark": "${wanted}" in /etc/docker/daemon.json`;
  return families.flatMap((family) => {
    const ofFamily = mappings.filter((mapping) => mapping.family === family);
    const other = dockerMarks(tables, family).find((mark) => mark !== wanted);
    if (ofFamily.length === 0 || other === undefined) return [];
    const is = other === null ? 'is not set' : `is ${other}`;
    const message = `Docker's bridge-accept-fwmark ${is}, and accept_mark is ${wanted} (${familyNames[family]})`;
    return [describe(message, ofFamily, note)];
  });
}

function describe(message: string, mappings: readonly DockerMapping[], note: string): Found {
  return {
    severity: 'error',
    message,
    reason:
      'Docker drops what goes to a container port that it does not publish itself, but for packets ' +
      'with that mark, and an accept in DOCKER-USER is not final there.',
    affected: mappings.map(affected),
    commands: [commandLine('systemctl', 'restart', 'docker')],
    note,
  };
}

function describePolicy(family: Family, facts: Facts): Found {
  return {
    severity: 'warning',
    message: `the policy of FORWARD is DROP (${familyNames[family]}), and Docker makes its rules with nftables`,
    reason:
      'Docker with iptables has left the policy behind. Its accepts in nftables do not count in ' +
      'iptables, so ports that Docker publishes are closed and containers have no way out.',
    affected: [],
    commands: [iptablesLine(facts, family, '-w', '-P', dockerUser.from, 'ACCEPT')],
    note: 'it also opens forwarding between other networks of this host; where that must stay closed, accept what goes to and from the bridges instead',
  };
}
