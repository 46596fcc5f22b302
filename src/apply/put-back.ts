// Going back: our part as it was before, by the inverse of our own part only. What others have changed
// meanwhile stays; restoring a whole backup would undo it.
import type { Iptables } from '../host/iptables.ts';
import type { Backend, Backends, Ruleset } from '../iptables/ruleset.ts';
import { restoreGoal } from '../plan/goal.ts';
import { ownedLines } from '../plan/owned-part.ts';
import { makePlan, type Plan } from '../plan/plan.ts';
import { loadPlan, payloadOf, readLive, type Trouble, verify } from './load.ts';

/** How often it is tried: another writer may be in the way, and giving up leaves a mixture. */
const attempts = 5;

/**
 * Brings every family back, whatever happens to the others.
 *
 * @returns what kept families from going back; empty when all are back
 */
export async function putBack(
  before: readonly Ruleset[],
  iptables: Iptables,
  backends: Backends,
): Promise<readonly Trouble[]> {
  const troubles: Trouble[] = [];
  for (const ruleset of before.toReversed()) {
    const trouble = await putFamilyBack(ruleset, iptables, backends[ruleset.family]);
    if (trouble !== null) troubles.push(trouble);
  }
  return troubles;
}

/** What will keep the family from going back once the plan is carried out, or null. */
export function noWayBack({ before, after }: Plan, backend: Backend): Trouble | null {
  const back = payloadOf(makePlan(after, restoreGoal(before), backend), 'back up');
  return typeof back === 'string' ? null : back;
}

async function putFamilyBack(
  before: Ruleset,
  iptables: Iptables,
  backend: Backend,
): Promise<Trouble | null> {
  let trouble: Trouble | null = null;
  for (let attempt = 1; attempt <= attempts; attempt++) {
    trouble = await tryToPutBack(before, iptables, backend);
    if (trouble === null) return null;
  }
  return trouble;
}

async function tryToPutBack(
  before: Ruleset,
  iptables: Iptables,
  backend: Backend,
): Promise<Trouble | null> {
  const { family } = before;
  const live = await readLive(iptables, family);
  if (!live.ok) return { family, step: 'read back', failure: live.failure, payload: '' };
  const plan = makePlan(live.ruleset, restoreGoal(before), backend);
  if (plan.edits.length === 0) return null;
  return (await loadPlan(plan, iptables, 'load')) ?? verify(family, ownedLines(before), iptables);
}
