// Rules that stand before our jumps and decide on a mapping's packets, so that ours never see them.
import { isForward, type Mapping } from '../../compile/mapping.ts';
import { findChain, findTable, type Ruleset, type Table } from '../../iptables/ruleset.ts';
import { dockerUser } from '../../iptables/wanted.ts';
import { withPort } from '../../net/address.ts';
import { familyNames } from '../../net/family.ts';
import { formatPorts } from '../../net/ports.ts';
import type { Check } from '../check.ts';
import { applyLine, iptablesLine } from '../commands.ts';
import type { Facts } from '../facts.ts';
import type { Found } from '../finding.ts';
import { liveRules, mappingsOf } from '../host.ts';
import { type Journey, journeysOf } from '../journeys.ts';
import { affected } from '../mappings.ts';
import { type Fate, isRefused, walk } from '../walk.ts';

export const shadowed: Check = {
  code: 'shadowed',
  find: (facts) => liveRules(facts).flatMap((live) => findShadows(live, facts)),
};

/** A rule, the jump that it stands before, and those who suffer. */
interface Shadow {
  readonly journey: Journey;
  readonly rule: string;
  readonly suffering: Mapping[];
}

function findShadows(live: Ruleset, facts: Facts): readonly Found[] {
  const shadows = new Map<string, Shadow>();
  for (const mapping of mappingsOf(facts, live.family)) {
    for (const journey of journeysOf(mapping, facts)) {
      const rule = shadowOf(journey, mapping, live);
      if (rule === null) continue;
      const key = `${journey.jump.table} ${journey.chain} ${rule}`;
      const shadow = shadows.get(key) ?? { journey, rule, suffering: [] };
      shadow.suffering.push(mapping);
      shadows.set(key, shadow);
    }
  }
  return [...shadows.values()].map((shadow) => describe(shadow, live, facts));
}

/** The rule that ends the journey before our chain, or null. */
function shadowOf(journey: Journey, mapping: Mapping, live: Ruleset): string | null {
  const table = findTable(live, journey.jump.table);
  if (table === undefined || !isLedToUs(journey, table)) return null;
  const fate = walk(table, journey.hook, journey.traffic, journey.chain);
  if (fate.kind !== 'ends' && fate.kind !== 'policy') return null;
  const isInTheWay = journey.jump.table === 'filter' ? isRefused(fate) : !isSame(fate, mapping);
  if (!isInTheWay) return null;
  return fate.kind === 'ends' ? fate.rule : fate.by;
}

/** Missing jumps are another check's matter. */
function isLedToUs({ jump }: Journey, table: Table): boolean {
  const holds = (chain: string, spec: string) =>
    findChain(table, chain)?.rules.some((rule) => rule.spec === spec) ?? false;
  const isLed = jump.table === 'nat' || holds(dockerUser.from, dockerUserJump);
  return isLed && holds(jump.chain, jump.spec);
}

const dockerUserJump = `-j ${dockerUser.chain}`;

/** Whether the rule does to the packets what ours would have done. */
function isSame(fate: Fate, mapping: Mapping): boolean {
  if (fate.kind !== 'ends') return false;
  const { target, options } = fate;
  if (target === 'MASQUERADE') return !(mapping.kind === 'snat' && mapping.ext !== null);
  if (mapping.kind === 'snat') return options.includes(mapping.ext?.text ?? '');
  if (!isForward(mapping)) return false;
  const { int, intPorts } = mapping;
  return target === 'DNAT' && options.includes(withPort(int, formatPorts(intPorts, '-')));
}

function describe({ journey, rule, suffering }: Shadow, live: Ruleset, facts: Facts): Found {
  const { jump, chain } = journey;
  return {
    severity: 'error',
    message: `an ${familyNames[live.family]} rule before the jump to ${chain} in ${jump.chain} decides on packets of mappings`,
    reason:
      jump.table === 'filter'
        ? 'Because of it packets are refused that the mappings let in.'
        : "Connections go its way and not the mappings'.",
    rules: [`-t ${jump.table} ${rule}`],
    affected: suffering.map(affected),
    commands: moveFirst(journey, live, facts),
    note: 'if the rule is meant to go first, drop the mappings or give them other ports',
  };
}

/** A second jump goes first, and the next apply removes the one that is left over. */
function moveFirst({ jump, traffic }: Journey, live: Ruleset, facts: Facts): string[] {
  const { chain, from, table } = dockerUser;
  const insert = (into: string, spec: string) =>
    iptablesLine(facts, live.family, '-w', '-t', jump.table, '-I', into, ...spec.split(' '));
  const filter = findTable(live, table);
  const isBeforeDockerUser =
    jump.table === table &&
    filter !== undefined &&
    walk(filter, from, traffic, chain).kind !== 'reaches';
  if (!isBeforeDockerUser) return [insert(jump.chain, jump.spec), applyLine(facts)];
  const old = findChain(filter, from)?.rules.findIndex(({ spec }) => spec === dockerUserJump) ?? 0;
  return [
    insert(from, dockerUserJump),
    iptablesLine(facts, live.family, '-w', '-D', from, `${old + 2}`),
  ];
}
