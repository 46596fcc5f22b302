// The apply itself: plan, rehearse, back up, load, read back, compare, and on any failure put our
// part back.
//
// A table of a family is the largest thing that the kernel changes at once (contract, section 9), so
// a failure in the second leaves the first changed: going back is an edit of its own.
import { Fault } from '../diagnostic/fault.ts';
import type { Iptables } from '../host/iptables.ts';
import { ruleLine } from '../iptables/print.ts';
import { type Backends, findTable, type Ruleset, type Table } from '../iptables/ruleset.ts';
import type { Goal } from '../plan/goal.ts';
import { ownedLines } from '../plan/owned-part.ts';
import { makePlan, type Plan } from '../plan/plan.ts';
import type { Journal } from './history.ts';
import { loadPlan, ownTrouble, readLive, type Trouble, verify } from './load.ts';
import { putBack } from './put-back.ts';
import { goingBackFiles, planFiles } from './record.ts';
import type { Refusal, Trial } from './trial.ts';

/** Where one family is to be led from its live state. */
export interface Aim {
  readonly live: Ruleset;
  readonly goal: Goal;
}

export interface Transaction {
  readonly iptables: Iptables;
  readonly backends: Backends;
  /** In the order in which the families are loaded. */
  readonly aims: readonly Aim[];
  readonly journal: Journal;
  /** How often it may be planned: a race for the rules that another writer won has it planned anew. */
  readonly attempts: number;
  /** What the record says of the plans. */
  summarize(plans: readonly Plan[]): string;
  /** Shows the plans, or judges them: why they may not be carried out, or null. */
  review(plans: readonly Plan[]): string | null;
  /** Tries the plans out before anything is written. */
  tryOut(plans: readonly Plan[]): Promise<Trial | Refusal>;
  /** Called when the backup is on the disk and nothing is loaded yet; says why it must not be. */
  arm(): Promise<string | null>;
  /** The signal that asked us to end, if there was one. */
  interruption(): NodeJS.Signals | null;
}

export type ApplyOutcome =
  | { readonly kind: 'unchanged'; readonly plans: readonly Plan[] }
  | {
      readonly kind: 'applied';
      readonly plans: readonly Plan[];
      readonly number: number;
      readonly summary: string;
      readonly trial: Trial;
    }
  /** These are not the plans that were agreed to. Nothing was written. */
  | { readonly kind: 'objected'; readonly reason: string }
  /** Nothing was written. */
  | { readonly kind: 'refused'; readonly trouble: Trouble }
  /** Something was written, and the state before is back. */
  | { readonly kind: 'put-back'; readonly trouble: Trouble }
  /** Something was written, and going back failed as well. `kept` is the folder of what is needed. */
  | {
      readonly kind: 'stuck';
      readonly trouble: Trouble;
      readonly goingBack: readonly Trouble[];
      readonly kept: string | null;
    };

/** Leads every family to its goal, or leaves everything of ours as it was. */
export async function carryOut(transaction: Transaction): Promise<ApplyOutcome> {
  const before = transaction.aims.map(({ live }) => live);
  const plans = planAll(before, transaction);
  const objection = transaction.review(plans);
  if (objection !== null) return { kind: 'objected', reason: objection };
  if (!plans.some(hasEdits)) return { kind: 'unchanged', plans };
  const trial = await transaction.tryOut(plans);
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

async function backUp(
  before: readonly Ruleset[],
  transaction: Transaction,
): Promise<Trouble | null> {
  const { journal } = transaction;
  const trouble = interrupted(transaction) ?? onRecord('back up', () => journal.begin(before));
  if (trouble !== null) return trouble;
  const reason = await transaction.arm();
  if (reason === null) return null;
  onRecord('back up', () => journal.abandon());
  return ownTrouble('back up', reason);
}

async function loadOrGoBack(
  before: readonly Ruleset[],
  first: readonly Plan[],
  tried: Trial,
  transaction: Transaction,
): Promise<ApplyOutcome> {
  let [plans, trial] = [first, tried];
  for (let attempt = 1; ; attempt++) {
    const summary = transaction.summarize(plans);
    const loaded = await loadAndRecord(plans, summary, transaction);
    if (typeof loaded === 'number') {
      return { kind: 'applied', plans, number: loaded, summary, trial };
    }
    const lives =
      attempt < transaction.attempts ? await livesAfterRace(loaded, plans, transaction) : null;
    if (lives === null) return goBack(before, loaded, transaction);
    plans = planAll(lives, transaction);
    const again = await transaction.tryOut(plans);
    if (again.kind === 'refused') return goBack(before, again.trouble, transaction);
    trial = again;
  }
}

/** @returns the number on the record, or what went wrong */
async function loadAndRecord(
  plans: readonly Plan[],
  summary: string,
  transaction: Transaction,
): Promise<number | Trouble> {
  const { journal, iptables } = transaction;
  const changing = plans.filter(hasEdits);
  const unwritten = onRecord('back up', () => journal.intend(summary, planFiles(changing)));
  if (unwritten !== null) return unwritten;
  for (const plan of changing) {
    const trouble = interrupted(transaction) ?? (await loadPlan(plan, iptables, 'load'));
    if (trouble !== null) return trouble;
  }
  for (const { after } of changing) {
    const trouble = await verify(after.family, ownedLines(after), iptables);
    if (trouble !== null) return trouble;
  }
  let number = 0;
  const unrecorded =
    interrupted(transaction) ??
    onRecord('record', () => {
      number = journal.commit();
    });
  return unrecorded ?? number;
}

function interrupted({ interruption }: Transaction): Trouble | null {
  const signal = interruption();
  return signal === null ? null : ownTrouble('interrupt', `was told to end by ${signal}`);
}

function onRecord(step: Trouble['step'], write: () => void): Trouble | null {
  try {
    write();
    return null;
  } catch (error) {
    if (error instanceof Fault) return ownTrouble(step, error.message);
    throw error;
  }
}

/**
 * The live rules, if another writer changed them under a payload that was then refused: the plan was
 * made for other rules, and is worth making again.
 */
async function livesAfterRace(
  { step, failure }: Trouble,
  plans: readonly Plan[],
  { iptables }: Transaction,
): Promise<readonly Ruleset[] | null> {
  if (step !== 'load' || failure.reason !== 'refused') return null;
  const lives: Ruleset[] = [];
  for (const { before } of plans) {
    const live = await readLive(iptables, before.family);
    if (!live.ok) return null;
    lives.push(live.ruleset);
  }
  return plans.some((plan, at) => isForeign(lives[at], plan)) ? lives : null;
}

/** Whether some table is neither as it was nor as we would have made it. */
function isForeign(live: Ruleset | undefined, { before, after }: Plan): boolean {
  return (live?.tables ?? []).some((table) => {
    const content = contentOf(table);
    return [before, after].every((state) => contentOf(findTable(state, table.name)) !== content);
  });
}

/** Chains and rules; a table that does not exist is like an empty one, which a mere look can make. */
function contentOf(table: Table | undefined): string {
  const chains = (table?.chains ?? []).filter(
    ({ policy, rules }) => policy === '-' || rules.length > 0,
  );
  return chains
    .flatMap(({ name, rules }) => [name, ...rules.map(({ spec }) => ruleLine(name, spec))])
    .join('\n');
}

async function goBack(
  before: readonly Ruleset[],
  trouble: Trouble,
  { iptables, backends, journal }: Transaction,
): Promise<ApplyOutcome> {
  const goingBack = await putBack(before, iptables, backends);
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
