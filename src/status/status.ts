// What is live of the state wanted: mapping by mapping, and what stands or lacks beside them.
import { type Mapping, placeOf } from '../compile/mapping.ts';
import { humanPlace } from '../diagnostic/source.ts';
import type { Wanted } from '../iptables/wanted.ts';
import type { Family } from '../net/family.ts';
import type { Plan } from '../plan/plan.ts';
import { type Group, groupPorts } from '../template/groups.ts';
import type { RuleOrigin } from '../template/render.ts';
import { differingLines, tableLine } from './lines.ts';
import { noRules, type Tally, tallyRules } from './tally.ts';
import { labelOf, mapsInWords } from './words.ts';

export interface FamilyStatus {
  readonly family: Family;
  /** Whether an apply would do nothing. */
  readonly isInSync: boolean;
  readonly mappings: readonly MappingStatus[];
  /** Chains and rules that are wanted and serve no mapping, such as jumps: `nat -A CHAIN …`. */
  readonly missing: readonly string[];
  /** Chains and rules of natmap's that nobody wants, in other people's chains too. */
  readonly extra: readonly string[];
}

export interface MappingStatus extends Tally {
  readonly kind: Mapping['kind'];
  /** `203.0.113.43:25,465/tcp → 10.0.0.101` */
  readonly maps: string;
  readonly label: string | null;
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  readonly state: MappingState;
}

export type MappingState = 'live' | 'partly live' | 'missing' | 'no rules';

/** @param plan the apply of `wanted` on what is live */
export function statusOf(
  mappings: readonly Mapping[],
  wanted: Wanted<RuleOrigin>,
  plan: Plan,
): FamilyStatus {
  const { family } = wanted;
  const groups = groupPorts(mappings.filter((mapping) => mapping.family === family));
  const tallies = tallyRules(wanted, plan.before, groupsServed(groups));
  const { missing, extra } = differingLines(plan.before, plan.after);
  const serving = servingLines(wanted);
  return {
    family,
    isInSync: plan.edits.length === 0,
    mappings: groups.map((group) => mappingStatus(group, tallies.get(group) ?? noRules)),
    // Nothing leads to a chain that is missing, and then the jump to it is in the list.
    missing: missing.filter((line) => line.includes(' -A ') && !serving.has(line)),
    extra,
  };
}

function groupsServed(groups: readonly Group[]): (origin: RuleOrigin) => ReadonlySet<Group> {
  const groupOf = new Map<Mapping, Group>();
  for (const group of groups) for (const mapping of group) groupOf.set(mapping, group);
  return (origin) => {
    const served = [...(origin?.serves ?? [])].map((mapping) => groupOf.get(mapping));
    return new Set(served.filter((group) => group !== undefined));
  };
}

function servingLines({ chains }: Wanted<RuleOrigin>): ReadonlySet<string> {
  return new Set(
    chains.flatMap(({ table, name, rules }) =>
      rules.filter(({ origin }) => origin !== null).map(({ spec }) => tableLine(table, name, spec)),
    ),
  );
}

function mappingStatus(group: Group, tally: Tally): MappingStatus {
  const [mapping] = group;
  const { file, line } = humanPlace(placeOf(mapping));
  return {
    kind: mapping.kind,
    maps: mapsInWords(group),
    label: labelOf(mapping),
    file,
    line,
    state: stateOf(tally),
    ...tally,
  };
}

function stateOf({ rules: { wanted, live } }: Tally): MappingState {
  if (wanted === 0) return 'no rules';
  if (live === 0) return 'missing';
  return live === wanted ? 'live' : 'partly live';
}
