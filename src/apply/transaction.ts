// The apply itself: plan, rehearse, back up, load, read back, compare, and on any failure put our
// part back.
//
// A table of a family is the largest thing that the kernel changes at once (contract, section 9), so
// a failure in the second leaves the first changed: going back is an edit of its own.
import { Fault } from '../diagnostic/fault.ts';
import type { Iptables } from '../host/iptables.ts';
import type { Backends, Ruleset } from '../iptables/ruleset.ts';
import type { Goal } from '../plan/goal.ts';
import { expectedLines, makePlan, type Plan } from '../plan/plan.ts';
import { madeBy } from '../plan/restore-goal.ts';
import type { Journal } from './history.ts';
import {
  compareLive,
  internalTrouble,
  loadPlan,
  ownTrouble,
  type StepFailure,
  verify,
} from './load.ts';
import type { Preflight, Rejection } from './preflight.ts';
import { livesAfterRace } from './race.ts';
import { goingBackFiles, planFiles } from './record.ts';
import { putBack } from './revert.ts';

/** Where one family is to be led from its live state. */
interface Aim {
  readonly live: Ruleset;
  readonly goal: Goal;
}

export interface Transaction {
  readonly iptables: Iptables;
  readonly backends: Backends;
  /** In the order in which the families are loaded. */
  readonly aims: readonly Aim[];
  readonly journal: Journal;
  /** How often it may be planned: a race for the rules that another writer won makes natmap plan again. */
  readonly attempts: number;
  /** What the record says of the plans. */
  summarize(plans: readonly Plan[]): string;
  /** Shows the plans, or judges them: why they may not be carried out, or null. */
  review(plans: readonly Plan[]): string | null;
  /** Tries the plans out before anything is written. */
  tryOut(plans: readonly Plan[]): Promise<Preflight | Rejection>;
  /** Called when the backup is on the disk and nothing is loaded yet; says why it must not be. */
  arm(): Promise<string | null>;
  /** The signal that asked us to end, if there was one. */
  interruption(): NodeJS.Signals | null;
  /** The first exception that no caller could catch, such as one of an event, if there was one. */
  escaped(): Error | null;
}

export type ApplyOutcome =
  | { readonly kind: 'unchanged'; readonly plans: readonly Plan[] }
  | {
      readonly kind: 'applied';
      readonly plans: readonly Plan[];
      readonly number: number;
      readonly summary: string;
      readonly trial: Preflight;
    }
  /** These are not the plans that were agreed to. Nothing was written. */
  | { readonly kind: 'objected'; readonly reason: string }
  /** Nothing was written. */
  | { readonly kind: 'refused'; readonly trouble: StepFailure }
  /** Something was written, and the previous state is restored. */
  | { readonly kind: 'put-back'; readonly trouble: StepFailure }
  /** Something was written, and going back failed as well. `kept` is the folder of what is needed. */
  | {
      readonly kind: 'stuck';
      readonly trouble: StepFailure;
      readonly goingBack: readonly StepFailure[];
      readonly kept: string | null;
    };

/**
 * Leads every family to its goal, or leaves everything of natmap's as it was. From the backup on it does
 * not reject: whatever fails, the previous state comes back.
 */
export async function carryOut(transaction: Transaction): Promise<ApplyOutcome> {
  const before = transaction.aims.map(({ live }) => live);
  const plans = planAll(before, transaction);
  const objection = transaction.review(plans);
  if (objection !== null) return { kind: 'objected', reason: objection };
  if (!plans.some(hasEdits)) return unchanged(plans, transaction);
  const trial = await orTrouble(() => transaction.tryOut(plans));
  if ('step' in trial) return { kind: 'refused', trouble: trial };
  if (trial.kind === 'refused') return trial;
  const trouble = await backUp(before, transaction);
  if (trouble !== null) return { kind: 'refused', trouble };
  return loadOrGoBack(before, plans, trial, transaction);
}

function planAll(lives: readonly Ruleset[], { aims, backends }: Transaction): readonly Plan[] {
  return aims.flatMap(({ goal }, at) => {
    const live = lives[at];
    return live === undefined ? [] : [makePlan(live, goal, backends[live.family])];
  });
}

function hasEdits({ edits }: Plan): boolean {
  return edits.length > 0;
}

/** Nothing to do, if what is live is what was asked for: a plan without edits alone does not tell. */
function unchanged(plans: readonly Plan[], transaction: Transaction): ApplyOutcome {
  for (const plan of plans) {
    const trouble = compareLive(plan.before, expectedOf(plan, transaction));
    if (trouble !== null) return { kind: 'refused', trouble };
  }
  return { kind: 'unchanged', plans };
}

function expectedOf(plan: Plan, { aims }: Transaction): readonly string[] {
  const aim = aims.find(({ live }) => live.family === plan.before.family);
  if (aim === undefined) throw new Error(`no goal for ${plan.before.family}`);
  return expectedLines(plan, aim.goal);
}

async function backUp(
  before: readonly Ruleset[],
  transaction: Transaction,
): Promise<StepFailure | null> {
  const { journal } = transaction;
  const trouble =
    interrupted(transaction) ??
    onRecord('back up', () => journal.begin(before)) ??
    (await orTrouble(async () => {
      const reason = await transaction.arm();
      return reason === null ? null : ownTrouble('back up', reason);
    }));
  if (trouble !== null) onRecord('back up', () => journal.abandon());
  return trouble;
}

async function loadOrGoBack(
  before: readonly Ruleset[],
  first: readonly Plan[],
  tried: Preflight,
  transaction: Transaction,
): Promise<ApplyOutcome> {
  let [plans, trial] = [first, tried];
  for (let attempt = 1; ; attempt++) {
    const loaded = await orTrouble(() => loadAndRecord(plans, transaction));
    if ('number' in loaded) return { kind: 'applied', plans, trial, ...loaded };
    const isLast = attempt >= transaction.attempts;
    const next = isLast ? null : await orTrouble(() => planAgain(loaded, plans, transaction));
    if (next === null || 'step' in next) return goBack(before, plans, next ?? loaded, transaction);
    ({ plans, trial } = next);
  }
}

/** What `act` gives, or the exception that it ended with. */
async function orTrouble<T>(act: () => Promise<T>): Promise<T | StepFailure> {
  try {
    return await act();
  } catch (error) {
    return internalTrouble(error);
  }
}

/** @returns the number on the record and its summary, or what went wrong */
async function loadAndRecord(
  plans: readonly Plan[],
  transaction: Transaction,
): Promise<{ readonly number: number; readonly summary: string } | StepFailure> {
  const { journal, iptables } = transaction;
  const summary = transaction.summarize(plans);
  const changing = plans.filter(hasEdits);
  const unwritten = onRecord('back up', () => journal.intend(summary, planFiles(changing)));
  if (unwritten !== null) return unwritten;
  for (const plan of changing) {
    const trouble = interrupted(transaction) ?? (await loadPlan(plan, iptables, 'load'));
    if (trouble !== null) return trouble;
  }
  for (const plan of changing) {
    const expected = expectedOf(plan, transaction);
    const trouble = await verify(plan.before.family, expected, iptables);
    if (trouble !== null) return trouble;
  }
  let number = 0;
  const unrecorded =
    interrupted(transaction) ??
    onRecord('record', () => {
      number = journal.commit();
    });
  return unrecorded ?? { number, summary };
}

function interrupted({ interruption, escaped }: Transaction): StepFailure | null {
  const error = escaped();
  if (error !== null) return internalTrouble(error);
  const signal = interruption();
  return signal === null ? null : ownTrouble('interrupt', `was ended by ${signal}`);
}

function onRecord(step: StepFailure['step'], write: () => void): StepFailure | null {
  try {
    write();
    return null;
  } catch (error) {
    return error instanceof Fault ? ownTrouble(step, error.message) : internalTrouble(error);
  }
}

/**
 * The plans for the live rules as they are now, tried out, if another writer changed them under a
 * payload that was then refused.
 *
 * @returns null when it was refused for another reason
 */
async function planAgain(
  loaded: StepFailure,
  plans: readonly Plan[],
  transaction: Transaction,
): Promise<{ readonly plans: readonly Plan[]; readonly trial: Preflight } | StepFailure | null> {
  const lives = await livesAfterRace(loaded, plans, transaction.iptables);
  if (lives === null) return null;
  const again = planAll(lives, transaction);
  const trial = await transaction.tryOut(again);
  return trial.kind === 'refused' ? trial.trouble : { plans: again, trial };
}

async function goBack(
  before: readonly Ruleset[],
  plans: readonly Plan[],
  trouble: StepFailure,
  { iptables, backends, journal }: Transaction,
): Promise<ApplyOutcome> {
  const previous = plans.flatMap((plan, at) => {
    const ruleset = before[at];
    return ruleset === undefined ? [] : [{ before: ruleset, made: madeBy(plan) }];
  });
  const goingBack = await putBack(previous, iptables, backends);
  if (goingBack.length === 0) {
    onRecord('record', () => journal.abandon());
    return { kind: 'put-back', trouble };
  }
  let kept: string | null = null;
  onRecord('record', () => {
    kept = journal.leave(goingBackFiles(goingBack));
  });
  return { kind: 'stuck', trouble, goingBack, kept };
}
