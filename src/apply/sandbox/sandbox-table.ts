// One table of the copy.
//
// The kernel judges a rule by the chain that it stands in and by the ways that lead there: DNAT is
// refused in filter, SNAT on a way from PREROUTING, a circle anywhere. So the copy has the chains that
// are edited, and every way of jumps to them and on from them. Rules that the payload does not name
// may match sets and what else only the host has: a stand-in keeps the place of each.
import { neededObject } from '../../iptables/host-objects.ts';
import { type Jumps, jumpOf, reachable, reversed, tableJumps } from '../../iptables/jumps.ts';
import type { Chain, Rule, Table } from '../../iptables/ruleset.ts';
import type { Operation } from '../../plan/operation.ts';
import type { StandIns } from './placeholder-rules.ts';
import { shorten } from './trimmed-chain.ts';

export interface CopiedTable {
  readonly table: Table;
  readonly operations: readonly Operation[];
}

export function copyTable(
  live: Table,
  operations: readonly Operation[],
  standIns: StandIns,
): CopiedTable {
  const wording = wordingOf(live, operations, standIns);
  const near = nearChains(live, operations);
  const copies = live.chains
    .filter(({ name, policy }) => policy !== '-' || near.has(name))
    .map((chain) => copyChain(chain, operations, near, wording));
  const renumbered = new Map(copies.flatMap((copy) => copy.renumbered));
  return {
    table: { name: live.name, chains: copies.map(({ chain }) => chain) },
    operations: operations.map((each) => reword(renumbered.get(each) ?? each, wording.edited)),
  };
}

/** How the copy says a rule. */
interface Wording {
  live(spec: string): string;
  /** In an operation. */
  edited(spec: string): string;
}

function wordingOf(
  { chains }: Table,
  operations: readonly Operation[],
  standIns: StandIns,
): Wording {
  const names = new Set([
    ...chains.map(({ name }) => name),
    ...operations.map(({ chain }) => chain),
  ]);
  const deleted = new Set(operations.map((each) => (each.kind === 'delete' ? each.spec : '')));
  const standIn = (spec: string) => standIns.of(spec, jumpOf(spec, names));
  const edited = (spec: string) => (neededObject(spec) === null ? spec : standIn(spec));
  return { edited, live: (spec) => (deleted.has(spec) ? edited(spec) : standIn(spec)) };
}

/** The chains on the ways to and from what is edited, each with those that it leads to. */
function nearChains(live: Table, operations: readonly Operation[]): Jumps {
  const jumps = tableJumps(live);
  const chains = new Set(jumps.keys());
  const targets = operations.flatMap(addedRules).map(({ spec }) => jumpOf(spec, chains));
  const edited = [...operations.map(({ chain }) => chain), ...targets.filter((to) => to !== null)];
  const near = new Set([...reachable(edited, jumps), ...reachable(edited, reversed(jumps))]);
  const restrict = (names: Iterable<string>) => [...names].filter((name) => near.has(name));
  return new Map(restrict(chains).map((name) => [name, new Set(restrict(jumps.get(name) ?? []))]));
}

interface CopiedChain {
  readonly chain: Chain;
  /** Operations on it, by those that they stand for. */
  readonly renumbered: readonly (readonly [Operation, Operation])[];
}

function copyChain(
  { name, policy, rules }: Chain,
  operations: readonly Operation[],
  near: Jumps,
  wording: Wording,
): CopiedChain {
  const targets = near.get(name) ?? new Set();
  const withRules = (specs: readonly string[]): Chain => ({
    name,
    policy,
    counters: { packets: '0', bytes: '0' },
    rules: specs.map((spec) => ({ spec, counters: null })),
  });
  const own = operations.filter((each) => each.chain === name);
  if (!own.some(countsRules)) {
    return { chain: withRules([...targets].map((to) => `-j ${to}`)), renumbered: [] };
  }
  const leadsOn = rules.map(({ spec }) => jumpOf(spec, targets) !== null);
  const shortened = shorten(leadsOn, own);
  const kept = rules.filter((_, at) => shortened.kept.has(at));
  return {
    chain: withRules(kept.map(({ spec }) => wording.live(spec))),
    renumbered: own.map((each, at) => [each, shortened.operations[at] ?? each]),
  };
}

/** Whether an operation picks a place among the rules of its chain. */
function countsRules(operation: Operation): boolean {
  return operation.kind === 'delete' || 'index' in operation;
}

export function addedRules(operation: Operation): readonly Rule[] {
  switch (operation.kind) {
    case 'fill':
      return operation.rules;
    case 'insert':
      return [operation.rule];
    default:
      return [];
  }
}

function reword(operation: Operation, word: (spec: string) => string): Operation {
  switch (operation.kind) {
    case 'fill':
      return {
        ...operation,
        rules: operation.rules.map((rule) => ({ ...rule, spec: word(rule.spec) })),
      };
    case 'insert':
      return { ...operation, rule: { ...operation.rule, spec: word(operation.rule.spec) } };
    case 'delete':
      return { ...operation, spec: word(operation.spec) };
    default:
      return operation;
  }
}
