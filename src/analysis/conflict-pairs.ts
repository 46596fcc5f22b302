// Pairs of mappings as they are reported: a pair of places once, and of one place not too many.
import { groupBy } from '../compile/group.ts';
import { type ForwardMapping, writtenKey } from '../compile/mapping.ts';
import { external } from '../compile/words.ts';
import type { Diagnostic, Report } from '../diagnostic/diagnostic.ts';
import { mostMet, type Overlap } from './overlaps.ts';

/** Two mappings in the order of their rules. */
export interface Pair {
  readonly first: ForwardMapping;
  readonly second: ForwardMapping;
}

/** Both for connections of this host itself too, which neither interfaces nor sources tell apart. */
export function areLocal({ first, second }: Pair): boolean {
  return [first, second].every((mapping) => mapping.kind === 'dnat' && mapping.local);
}

/** Equal for pairs of the same places: one place can give mappings of several protocols and families. */
export function pairKey({ first, second }: Pair): string {
  return `${writtenKey(first)} ${writtenKey(second)}`;
}

/**
 * By the order of their second mappings, and then of their first.
 *
 * @param mappings in the order of their rules
 */
export function pairsOf(met: readonly Overlap[], mappings: readonly ForwardMapping[]): Pair[] {
  const order = new Map(mappings.map((mapping, index) => [mapping, index]));
  const byOrder = (a: ForwardMapping, b: ForwardMapping) =>
    (order.get(a) ?? 0) - (order.get(b) ?? 0);
  const firsts = new Map<ForwardMapping, Set<ForwardMapping>>();
  for (const { mapping, others } of met) {
    for (const other of others) {
      const [first, second] = byOrder(mapping, other) < 0 ? [mapping, other] : [other, mapping];
      firsts.set(second, (firsts.get(second) ?? new Set()).add(first));
    }
  }
  const pairs = [...firsts].flatMap(([second, all]) =>
    [...all].map((first): Pair => ({ first, second })),
  );
  return pairs.sort((a, b) => byOrder(a.second, b.second) || byOrder(a.first, b.first));
}

/** Whether no pair is missing: one that is, is looked up for neither of the two. */
export function areWhole(met: readonly Overlap[]): boolean {
  return met.filter(({ others }) => others.length >= mostMet).length < 2;
}

/** Pairs that are reported of one mapping; the others are counted. */
const mostReported = 10;

/** @param isWhole whether no pairs are missing: see {@link areWhole} */
export function reportPairs(
  pairs: readonly Pair[],
  isWhole: boolean,
  describe: (pair: Pair) => Diagnostic,
  report: Report,
): void {
  const distinct = [...groupBy(pairs, pairKey).values()].flatMap(([pair]) => pair ?? []);
  for (const group of groupBy(distinct, ({ second }) => writtenKey(second)).values()) {
    for (const pair of group.slice(0, mostReported)) report(describe(pair));
    const [next, ...others] = group.slice(mostReported);
    if (next === undefined) continue;
    const count = `${isWhole ? '' : 'at least '}${1 + others.length}`;
    report({
      ...describe(next),
      message: `${external(next.second)} leads elsewhere by other mappings too: ${count} more`,
      hint: 'fix those that are reported, then run natmap again for the others',
      related: [],
    });
  }
}
