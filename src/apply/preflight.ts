// What is tried before anything is written: a rehearsal where one is available, else a test.
import type { Iptables } from '../host/iptables.ts';
import type { Backends } from '../iptables/ruleset.ts';
import type { Plan } from '../plan/plan.ts';
import { loadPlan, type StepFailure } from './load.ts';
import { noWayBack } from './revert.ts';
import type { LeftOut } from './sandbox/copy.ts';
import { rehearse } from './sandbox/sandbox-run.ts';

export type Preflight =
  | { readonly kind: 'rehearsed'; readonly leftOut: readonly LeftOut[] }
  /** Only tested, and why. */
  | { readonly kind: 'tested'; readonly reason: string };

export interface Rejection {
  readonly kind: 'refused';
  readonly trouble: StepFailure;
}

/** Writes nothing; but legacy's test makes the tables that are not there (docs/notes). */
export async function tryOut(
  plans: readonly Plan[],
  iptables: Iptables,
  backends: Backends,
): Promise<Preflight | Rejection> {
  const changing = plans.filter(({ edits }) => edits.length > 0);
  for (const plan of changing) {
    const trouble = noWayBack(plan, backends[plan.before.family]);
    if (trouble !== null) return { kind: 'refused', trouble };
  }
  const rehearsal = await rehearse(changing, iptables);
  switch (rehearsal.kind) {
    case 'refused':
      return rehearsal;
    case 'impossible':
      return test(changing, iptables, { kind: 'tested', reason: rehearsal.reason });
    case 'passed': {
      const { leftOut } = rehearsal;
      const untried = changing.filter(({ before: { family } }) =>
        leftOut.some((rule) => rule.family === family),
      );
      return test(untried, iptables, { kind: 'rehearsed', leftOut });
    }
  }
}

async function test(
  plans: readonly Plan[],
  iptables: Iptables,
  passed: Preflight,
): Promise<Preflight | Rejection> {
  for (const plan of plans) {
    const trouble = await loadPlan(plan, iptables, 'test');
    if (trouble !== null) return { kind: 'refused', trouble };
  }
  return passed;
}
