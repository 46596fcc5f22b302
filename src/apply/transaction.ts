// The apply itself: test, load, read back, compare, and on any failure put our part back.
//
// A table of a family is the largest thing that the kernel changes at once (contract, section 9), so
// a failure in the second leaves the first changed: going back is an edit of its own.
import type { Failure, Iptables } from '../host/iptables.ts';
import type { Variant } from '../iptables/ruleset.ts';
import type { Family } from '../net/family.ts';
import { restoreGoal } from '../plan/goal.ts';
import { ownedLines } from '../plan/owned-part.ts';
import { printPayload } from '../plan/payload.ts';
import { makePlan, type Plan } from '../plan/plan.ts';
import { readLive } from './live.ts';

export type ApplyOutcome =
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'applied' }
  /** Nothing was written. */
  | { readonly kind: 'refused'; readonly trouble: Trouble }
  /** Something was written, and the state before is back. */
  | { readonly kind: 'put-back'; readonly trouble: Trouble }
  /** Something was written, and going back failed as well. */
  | { readonly kind: 'stuck'; readonly trouble: Trouble; readonly goingBack: readonly Trouble[] };

/** What went wrong, at which step, with the payload that was being loaded. */
export interface Trouble {
  readonly family: Family;
  readonly step: 'test' | 'load' | 'read back' | 'compare';
  readonly failure: Failure;
  readonly payload: string;
}

interface Load {
  readonly plan: Plan;
  readonly family: Family;
  readonly payload: string;
}

/** Carries the plans out, in the order given, or leaves everything of ours as it was. */
export async function carryOut(
  plans: readonly Plan[],
  iptables: Iptables,
  variant: Variant,
): Promise<ApplyOutcome> {
  const loads = plans.filter(({ edits }) => edits.length > 0).map(toLoad);
  if (loads.length === 0) return { kind: 'unchanged' };
  for (const load of loads) {
    const trouble = await restore(iptables, load, 'test');
    if (trouble !== null) return { kind: 'refused', trouble };
  }
  const trouble = await loadAll(loads, iptables);
  if (trouble === null) return { kind: 'applied' };
  const goingBack = await putBack(loads, iptables, variant);
  return goingBack.length === 0
    ? { kind: 'put-back', trouble }
    : { kind: 'stuck', trouble, goingBack };
}

function toLoad(plan: Plan): Load {
  return { plan, family: plan.before.family, payload: printPayload(plan.edits) };
}

async function loadAll(loads: readonly Load[], iptables: Iptables): Promise<Trouble | null> {
  for (const load of loads) {
    const trouble = await restore(iptables, load, 'load');
    if (trouble !== null) return trouble;
  }
  for (const load of loads) {
    const trouble = await compare(iptables, load, ownedLines(load.plan.after));
    if (trouble !== null) return trouble;
  }
  return null;
}

async function restore(
  iptables: Iptables,
  { family, payload }: Load,
  mode: 'test' | 'load',
): Promise<Trouble | null> {
  const answer = await iptables.restore(family, payload, mode);
  return answer.ok ? null : { family, step: mode, failure: answer.failure, payload };
}

async function compare(
  iptables: Iptables,
  { family, payload }: Load,
  expected: readonly string[],
): Promise<Trouble | null> {
  const live = await readLive(iptables, family);
  if (!live.ok) return { family, step: 'read back', failure: live.failure, payload };
  const found = ownedLines(live.ruleset);
  const differing = expected.findIndex((line, index) => line !== found[index]);
  if (differing < 0 && found.length === expected.length) return null;
  const at = differing < 0 ? expected.length : differing;
  const message = `expected "${expected[at] ?? 'no more rules'}", found "${found[at] ?? 'no more rules'}"`;
  const failure: Failure = { program: 'iptables-save', reason: 'refused', message, line: null };
  return { family, step: 'compare', failure, payload };
}

/** Every family is tried, whatever happens to the others. */
async function putBack(
  loads: readonly Load[],
  iptables: Iptables,
  variant: Variant,
): Promise<readonly Trouble[]> {
  const troubles: Trouble[] = [];
  for (const load of [...loads].reverse()) {
    const trouble = await putFamilyBack(load, iptables, variant);
    if (trouble !== null) troubles.push(trouble);
  }
  return troubles;
}

async function putFamilyBack(
  { plan: { before }, family, payload }: Load,
  iptables: Iptables,
  variant: Variant,
): Promise<Trouble | null> {
  const live = await readLive(iptables, family);
  if (!live.ok) return { family, step: 'read back', failure: live.failure, payload };
  const back = makePlan(live.ruleset, restoreGoal(before), variant);
  if (back.edits.length === 0) return null;
  const load = toLoad(back);
  return (await restore(iptables, load, 'load')) ?? compare(iptables, load, ownedLines(before));
}
