// One plan to the kernel and back: loading it, reading the family, comparing with what was planned.
import type { Failure, Iptables } from '../host/iptables.ts';
import { parseSave } from '../iptables/parse.ts';
import type { Ruleset } from '../iptables/ruleset.ts';
import type { Family } from '../net/family.ts';
import { ownedLines } from '../plan/owned-part.ts';
import { printPayload, UnprintableRule } from '../plan/payload.ts';
import type { Plan } from '../plan/plan.ts';
import { describeDifference, firstDifference } from './difference.ts';
import { numberedChains, staleNumbers } from './numbered.ts';

/** What went wrong, at which step, with the payload that was being loaded. */
export interface StepFailure {
  /** Null where all families are meant. */
  readonly family: Family | null;
  readonly step:
    | 'rehearse'
    | 'compare rehearsal'
    | 'test'
    | 'back up'
    | 'load'
    | 'read back'
    | 'compare'
    | 'record'
    | 'interrupt'
    /** An exception that nothing else stands for. */
    | 'internal';
  readonly failure: Failure;
  readonly payload: string;
}

export type Live =
  | { readonly ok: true; readonly ruleset: Ruleset }
  | { readonly ok: false; readonly failure: Failure };

/** The live rules of one family. */
export async function readLive(iptables: Iptables, family: Family): Promise<Live> {
  const saved = await iptables.save(family);
  if (!saved.ok) return saved;
  const parsed = parseSave(saved.value, family);
  if (parsed.ok) return parsed;
  const message = `what it printed cannot be understood: line ${parsed.line}: ${parsed.problem}`;
  return { ok: false, failure: saidBy('iptables-save', message) };
}

/** Gives the plan's payload to iptables-restore, to load it or only to test it. */
export async function loadPlan(
  plan: Plan,
  iptables: Iptables,
  mode: 'test' | 'load',
): Promise<StepFailure | null> {
  const { family } = plan.before;
  const payload = payloadOf(plan, mode);
  if (typeof payload !== 'string') return payload;
  const stale = mode === 'load' ? await failureOfNumbers(plan, iptables) : null;
  if (stale !== null) return { family, step: mode, failure: stale, payload };
  const answer = await iptables.restore(family, payload, mode);
  return answer.ok ? null : { family, step: mode, failure: answer.failure, payload };
}

/** Reads once more where a plan deletes by number, as late as can be. */
async function failureOfNumbers(plan: Plan, iptables: Iptables): Promise<Failure | null> {
  const chains = numberedChains(plan);
  if (chains.length === 0) return null;
  const live = await readLive(iptables, plan.before.family);
  if (!live.ok) return live.failure;
  const stale = staleNumbers(chains, plan.before, live.ruleset);
  return stale === null ? null : saidBy('natmap', stale);
}

/** The plan's payload, or what keeps it from having one. */
export function payloadOf(plan: Plan, step: StepFailure['step']): string | StepFailure {
  try {
    return printPayload(plan.edits);
  } catch (error) {
    if (!(error instanceof UnprintableRule)) throw error;
    return {
      family: plan.before.family,
      step,
      failure: saidBy('natmap', error.message),
      payload: '',
    };
  }
}

/** Reads the family back: our part has to be these lines, whatever others do beside it. */
export async function verify(
  family: Family,
  expected: readonly string[],
  iptables: Iptables,
): Promise<StepFailure | null> {
  const live = await readLive(iptables, family);
  if (!live.ok) return { family, step: 'read back', failure: live.failure, payload: '' };
  return compareLive(live.ruleset, expected);
}

/** Whether natmap's part of the live rules is these lines, or what is there instead. */
export function compareLive(live: Ruleset, expected: readonly string[]): StepFailure | null {
  const difference = firstDifference(expected, ownedLines(live));
  if (difference === null) return null;
  const failure = saidBy('iptables-save', describeDifference(difference));
  return { family: live.family, step: 'compare', failure, payload: '' };
}

/** A trouble that no program of iptables' is the cause of. */
export function ownTrouble(step: StepFailure['step'], message: string): StepFailure {
  return { family: null, step, failure: saidBy('natmap', message), payload: '' };
}

/** The trouble that an exception stands for: a fault of what is outside, or of natmap itself. */
export function internalTrouble(error: unknown): StepFailure {
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return ownTrouble('internal', message);
}

function saidBy(program: string, message: string): Failure {
  return { program, reason: 'refused', message, line: null };
}
