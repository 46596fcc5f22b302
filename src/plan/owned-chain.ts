// A chain of natmap's, from its live rules to the wanted ones, so that the rules that stay go on counting.
//
// A rule that stays is not named, and loses nothing that it counts between reading and writing. A
// rewrite sets the counters to what was read: it is made where edits would take too long, as each of
// them walks the chain to its place. Measured in docs/notes/edit-or-rewrite.md.
import { isAtLeast } from '../iptables/printer.ts';
import type { Backend, Chain, Counters, Rule } from '../iptables/ruleset.ts';
import type { Family } from '../net/family.ts';
import { type Change, diffLines } from './line-diff.ts';
import type { Operation } from './operation.ts';

/** The tools that will load the payload. */
export interface Tools {
  readonly backend: Backend;
  readonly family: Family;
  /** Of iptables, as in `1.8.9`; null where it is not known. */
  readonly version: string | null;
}

/** Deletions and insertions that take no time worth saving, however small the chain is. */
const fewEdits = 64;

/** The part of a chain that may change before a rewrite is the faster way. */
const mostChanged = 1 / 4;

/** Rules that all edits of a chain may walk over: 1.4 s with iptables-nft-restore, at 14 ns each. */
const longestWalk = 100_000_000;

/** The operations that make the rules of `chain` those of `goal`; none when they are. */
export function editOwned(chain: Chain, goal: readonly Rule[], tools: Tools): readonly Operation[] {
  const changes = compareRules(chain.rules, goal);
  if (changes.every(({ kind }) => kind === 'same')) return [];
  return isWorthEditing(changes, tools)
    ? editRules(chain, goal, changes)
    : [rewrite(chain.name, chain.rules, goal)];
}

export function compareRules(live: readonly Rule[], goal: readonly Rule[]): readonly Change[] {
  const specs = (rules: readonly Rule[]) => rules.map(({ spec }) => spec);
  return diffLines(specs(live), specs(goal));
}

function isWorthEditing(changes: readonly Change[], { backend, family, version }: Tools): boolean {
  const count = (kind: Change['kind']) =>
    changes.reduce((sum, change) => sum + (change.kind === kind ? change.lines.length : 0), 0);
  const [kept, removed, added] = [count('same'), count('removed'), count('added')];
  const edits = removed + added;
  if (kept === 0 || edits * (kept + Math.max(removed, added)) > longestWalk) return false;
  // A rewrite would lose all counts there: docs/notes/ip6tables-nft-counters.md.
  const keepsCounters = version !== null && isAtLeast(version, '1.8.11');
  if (backend === 'nft' && family === 'ipv6' && !keepsCounters) return true;
  return edits <= Math.max(fewEdits, mostChanged * (2 * kept + edits));
}

/**
 * What is removed and added, each by its number. The last rule is removed first and the first one
 * added first, so that no edit moves the place of another.
 */
export function editRules(
  { name: chain, rules }: Chain,
  goal: readonly Rule[],
  changes: readonly Change[],
): readonly Operation[] {
  const removed = positions(changes, 'removed');
  const added = positions(changes, 'added');
  const gone = removed.flatMap((index) => rules[index] ?? []);
  const come = withCounters(
    added.flatMap((index) => goal[index] ?? []),
    gone,
  );
  return [
    ...removed.reverse().map((index): Operation => ({ kind: 'delete-at', chain, index })),
    ...come.map(
      (rule, nth): Operation => ({ kind: 'insert', chain, index: added[nth] ?? 0, rule }),
    ),
  ];
}

/** Where the lines of a kind stand in the list that they come from. */
function positions(changes: readonly Change[], kind: 'removed' | 'added'): number[] {
  const found: number[] = [];
  let index = 0;
  for (const change of changes) {
    if (change.kind !== kind && change.kind !== 'same') continue;
    for (const _ of change.lines) {
      if (change.kind === kind) found.push(index);
      index++;
    }
  }
  return found;
}

/** The whole chain, rewritten. */
export function rewrite(chain: string, live: readonly Rule[], goal: readonly Rule[]): Operation {
  return { kind: 'fill', chain, rules: withCounters(goal, live) };
}

/** The rules with what those of the same text have counted, copy by copy. */
function withCounters(rules: readonly Rule[], before: readonly Rule[]): readonly Rule[] {
  const counted = new Map<string, (Counters | null)[]>();
  for (const { spec, counters } of before.toReversed()) {
    const copies = counted.get(spec);
    if (copies === undefined) counted.set(spec, [counters]);
    else copies.push(counters);
  }
  return rules.map((rule) => ({
    ...rule,
    counters: counted.get(rule.spec)?.pop() ?? rule.counters,
  }));
}
