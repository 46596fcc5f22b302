// Going back: natmap's part as it was before, by the inverse of its own part only. What others have
// changed meanwhile stays; restoring a whole backup would undo it.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Iptables } from '../host/iptables.ts';
import { printedLike } from '../iptables/printer.ts';
import type { Backend, Backends, Ruleset } from '../iptables/ruleset.ts';
import { expectedLines, makePlan, type Plan } from '../plan/plan.ts';
import { type Made, madeBy, restoreGoal } from '../plan/restore-goal.ts';
import {
  compareLive,
  internalTrouble,
  loadPlan,
  ownTrouble,
  payloadOf,
  readLive,
  type StepFailure,
  verify,
} from './load.ts';

/** How often it is tried: another writer may be in the way, and giving up leaves a mixture. */
const attempts = 5;

/** Milliseconds before it is tried again: what the host was short of, such as memory, may be there then. */
const pause = 100;

/** What the families are brought back to. */
export interface Previous {
  readonly before: Ruleset;
  readonly made: Made;
}

/**
 * Brings every family back, whatever happens to the others. Never rejects.
 *
 * @param onPlan called with each plan before it is loaded, also where nothing is to be done
 * @returns what kept families from going back; empty when all are back
 */
export async function putBack(
  previous: readonly Previous[],
  iptables: Iptables,
  backends: Backends,
  onPlan: (plan: Plan) => void = () => undefined,
): Promise<readonly StepFailure[]> {
  for (let round = 1; ; round++) {
    const ends: End[] = [];
    for (const each of previous.toReversed()) {
      ends.push(await putFamilyBack(each, iptables, backends[each.before.family], onPlan));
    }
    const troubles = ends.flatMap((end) => (typeof end === 'string' ? [] : [end]));
    // Others may have removed what came back first while the rest came back.
    const isSettled = ends.every((end) => end === 'was there');
    if (troubles.length > 0 || isSettled) return troubles;
    if (round === attempts) return [ownTrouble('compare', 'others keep changing the rules')];
  }
}

/** Whether the previous state of a family was there, or was loaded, or what went wrong. */
type End = 'was there' | 'loaded' | StepFailure;

/** What will keep the family from going back once the plan is carried out, or null. */
export function noWayBack(plan: Plan, backend: Backend): StepFailure | null {
  const { before, after } = plan;
  const back = payloadOf(makePlan(after, restoreGoal(before, madeBy(plan)), backend), 'back up');
  return typeof back === 'string' ? null : back;
}

async function putFamilyBack(
  previous: Previous,
  iptables: Iptables,
  backend: Backend,
  onPlan: (plan: Plan) => void,
): Promise<End> {
  for (let attempt = 1; ; attempt++) {
    const end = await tryToPutBack(previous, iptables, backend, onPlan).catch(internalTrouble);
    if (typeof end === 'string' || attempt === attempts) return end;
    await sleep(pause);
  }
}

async function tryToPutBack(
  { before, made }: Previous,
  iptables: Iptables,
  backend: Backend,
  onPlan: (plan: Plan) => void,
): Promise<End> {
  const { family } = before;
  const live = await readLive(iptables, family);
  if (!live.ok) return { family, step: 'read back', failure: live.failure, payload: '' };
  const goal = restoreGoal(before, made);
  const plan = makePlan(printedLike(live.ruleset, before), goal, backend);
  onPlan(plan);
  const expected = expectedLines(plan, goal);
  // No edits are needed is not yet that the previous state is there.
  if (plan.edits.length === 0) return compareLive(live.ruleset, expected) ?? 'was there';
  const trouble =
    (await loadPlan(plan, iptables, 'load')) ?? (await verify(family, expected, iptables));
  return trouble ?? 'loaded';
}
