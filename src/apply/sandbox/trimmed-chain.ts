// A chain without the rules that no edit comes near: a change of one rule in 10,000 is rehearsed on
// three.
import type { Operation } from '../../plan/operation.ts';

export interface Shortened {
  /** The rules that are left, by their places in the whole chain, counted from 0. */
  readonly kept: ReadonlySet<number>;
  /** The same operations, with the numbers that the rules have now. */
  readonly operations: readonly Operation[];
}

/**
 * Keeps the rules that operations of one chain meet by their number, the ones before these, and the
 * pinned ones. A chain with rules that are deleted by their text stays whole.
 *
 * @param pinned one for each rule of the chain
 */
export function shorten(pinned: readonly boolean[], operations: readonly Operation[]): Shortened {
  const whole = [...pinned.keys()];
  if (operations.some(({ kind }) => kind === 'delete')) return { kept: new Set(whole), operations };
  const met = metRules(whole, operations);
  const near = new Set(met.flatMap((place) => [place?.rule, place?.before]));
  const left = whole.filter((rule) => pinned[rule] || near.has(rule));
  const kept = new Set(left);
  const renumbered = operations.map((operation, nth) => {
    if (!('index' in operation)) return operation;
    const rule = met[nth]?.rule;
    const index = rule === undefined ? left.length : left.indexOf(rule);
    edit(left, index, operation, nth);
    return { ...operation, index };
  });
  return { kept, operations: renumbered };
}

/** For each operation, the rule at its place by then and the one before. */
function metRules(whole: readonly number[], operations: readonly Operation[]) {
  const rules = [...whole];
  return operations.map((operation, nth) => {
    if (!('index' in operation)) return null;
    const place = { rule: rules[operation.index], before: rules[operation.index - 1] };
    edit(rules, operation.index, operation, nth);
    return place;
  });
}

/** Plays an operation on the names of rules: a new one is named after the operation that adds it. */
function edit(rules: number[], index: number, operation: Operation, nth: number): void {
  if ('rule' in operation) rules.splice(index, 0, -nth - 1);
  else rules.splice(index, 1);
}
