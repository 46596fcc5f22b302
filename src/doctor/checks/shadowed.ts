// Rules that stand before natmap's jumps and decide on a mapping's packets, so that natmap's never see them.
import { type ForwardMapping, isForward, type Mapping } from '../../compile/mapping.ts';
import { findChain, findTable, type Ruleset, type Table } from '../../iptables/ruleset.ts';
import type { AddressRange, TranslatedPorts } from '../../iptables/targets.ts';
import { dockerUser } from '../../iptables/wanted.ts';
import type { Address } from '../../net/address.ts';
import { familyNames } from '../../net/family.ts';
import { readRuleLine } from '../../netfilter/tables.ts';
import { type ChainEnd, isRefused } from '../chain-end.ts';
import type { Check } from '../check.ts';
import { applyLine, iptablesLine } from '../commands.ts';
import { type ExpectedPath, expectedPaths } from '../expected-paths.ts';
import type { Facts } from '../facts.ts';
import type { Found } from '../finding.ts';
import { liveRules, mappingsOf } from '../host.ts';
import { liveEnd } from '../live-tables.ts';
import { affected } from '../mappings.ts';

export const shadowed: Check = {
  code: 'shadowed',
  find: (facts) => liveRules(facts).flatMap((live) => findShadows(live, facts)),
};

/** A rule, the jump that it stands before, and the mappings whose packets it decides on. */
interface Shadow {
  readonly path: ExpectedPath;
  readonly rule: string;
  readonly mappings: Mapping[];
}

function findShadows(live: Ruleset, facts: Facts): readonly Found[] {
  const shadows = new Map<string, Shadow>();
  for (const mapping of mappingsOf(facts, live.family)) {
    for (const path of expectedPaths(mapping, facts)) {
      const rule = shadowOf(path, mapping, live, facts);
      if (rule === null) continue;
      const key = `${path.jump.table} ${path.chain} ${rule}`;
      const shadow = shadows.get(key) ?? { path, rule, mappings: [] };
      shadow.mappings.push(mapping);
      shadows.set(key, shadow);
    }
  }
  return [...shadows.values()].map((shadow) => describe(shadow, live, facts));
}

/** The rule that ends the path before the natmap-owned chain, or null. */
function shadowOf(
  path: ExpectedPath,
  mapping: Mapping,
  live: Ruleset,
  facts: Facts,
): string | null {
  const table = findTable(live, path.jump.table);
  if (table === undefined || !holdsJumps(path, table)) return null;
  const end = endBefore(path.chain, path, live, facts);
  if (end.kind !== 'rule' && end.kind !== 'policy') return null;
  const isInTheWay = path.jump.table === 'filter' ? isRefused(end) : !isSame(end, mapping);
  const rule = end.kind === 'rule' ? end.rule : end.by;
  return isInTheWay && rule !== null ? readRuleLine(rule) : null;
}

function endBefore(
  until: string,
  { jump, hook, packets }: ExpectedPath,
  live: Ruleset,
  facts: Facts,
): ChainEnd {
  return liveEnd(live, facts, { table: jump.table, from: hook, until }, packets);
}

/** Missing jumps are another check's matter. */
function holdsJumps({ jump }: ExpectedPath, table: Table): boolean {
  const holds = (chain: string, spec: string) =>
    findChain(table, chain)?.rules.some((rule) => rule.spec === spec) ?? false;
  const isOnTheWay = jump.table === 'nat' || holds(dockerUser.from, dockerUserJump);
  return isOnTheWay && holds(jump.chain, jump.spec);
}

const dockerUserJump = `-j ${dockerUser.chain}`;

/** Whether the rule does to the packets what ours would have done. */
function isSame(end: ChainEnd, mapping: Mapping): boolean {
  if (end.kind !== 'rule' || end.rule.action.kind !== 'translate') return false;
  const { translation } = end.rule.action;
  switch (translation.kind) {
    case 'masquerade':
      return !(mapping.kind === 'snat' && mapping.ext !== null);
    case 'source':
      return mapping.kind === 'snat' && isOnly(translation.addresses, mapping.ext);
    case 'destination':
      return (
        isForward(mapping) &&
        isOnly(translation.addresses, mapping.int) &&
        isSamePorts(translation.ports, mapping)
      );
    case 'redirect':
    case 'netmap':
      return false;
  }
}

function isOnly(range: AddressRange | null, address: Address | null): boolean {
  return address !== null && range?.first.text === address.text && range.last.text === address.text;
}

function isSamePorts(given: TranslatedPorts | null, { ports, intPorts }: ForwardMapping): boolean {
  const { first, last } = given ?? ports;
  return first === intPorts.first && last === intPorts.last;
}

function describe({ path, rule, mappings }: Shadow, live: Ruleset, facts: Facts): Found {
  const { jump, chain } = path;
  return {
    severity: 'error',
    message: `an ${familyNames[live.family]} rule before the jump to ${chain} in ${jump.chain} decides on packets of mappings`,
    reason:
      jump.table === 'filter'
        ? 'Because of it packets are refused that the mappings let in.'
        : "Connections go its way and not the mappings'.",
    rules: [`-t ${jump.table} ${rule}`],
    affected: mappings.map(affected),
    commands: moveFirst(path, live, facts),
    note: 'if the rule is meant to go first, drop the mappings or give them other ports',
  };
}

/** A second jump goes first, and the next apply removes the one that is left over. */
function moveFirst(path: ExpectedPath, live: Ruleset, facts: Facts): string[] {
  const { jump } = path;
  const { chain, from, table } = dockerUser;
  const insert = (into: string, spec: string) =>
    iptablesLine(facts, live.family, '-w', '-t', jump.table, '-I', into, ...spec.split(' '));
  const filter = findTable(live, table);
  const isBeforeDockerUser =
    jump.table === table &&
    filter !== undefined &&
    endBefore(chain, path, live, facts).kind !== 'reached';
  if (!isBeforeDockerUser) return [insert(jump.chain, jump.spec), applyLine(facts)];
  const old = findChain(filter, from)?.rules.findIndex(({ spec }) => spec === dockerUserJump) ?? 0;
  return [
    insert(from, dockerUserJump),
    iptablesLine(facts, live.family, '-w', '-D', from, `${old + 2}`),
  ];
}
