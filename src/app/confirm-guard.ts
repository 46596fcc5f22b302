// apply --confirm, from the outside: the guard is on watch before anything is loaded, and nothing else
// is applied until the wait is over.
import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  beginWait,
  type Confirmation,
  decide,
  readConfirmation,
  readDecision,
  readWait,
  type Wait,
} from '../apply/confirmation.ts';
import { digestUnderWay } from '../apply/history.ts';
import type { ApplyOutcome } from '../apply/transaction.ts';
import { Fault } from '../diagnostic/fault.ts';
import { startGuard } from '../host/guard-process.ts';
import { ownIdentity } from '../host/process-identity.ts';
import type { Plan } from '../plan/plan.ts';
import { madeBy } from '../plan/restore-goal.ts';
import type { Console } from './console.ts';
import { exitCode, Stop } from './exit.ts';
import type { HostOptions, StateOptions } from './options.ts';

/** Seconds that the guard's process may take to be there. */
const patience = 10;

/** The guard of one apply, as the apply sees it. */
export interface Guarded {
  /** Starts the guard and waits until it is on watch. @returns why it is not, or null */
  arm(plans: readonly Plan[]): Promise<string | null>;
  /** The wait begins with the new rules, and there is none without them. To be called last, with the lock held. */
  settle(outcome: ApplyOutcome): void;
}

export function guarded(
  seconds: number,
  options: HostOptions & StateOptions,
  console: Console,
): Guarded {
  const id = randomBytes(8).toString('hex');
  return {
    arm: (plans) => armGuard(id, plans, seconds, options),
    settle: (outcome) => settleGuard(id, outcome, seconds, options, console),
  };
}

async function armGuard(
  id: string,
  plans: readonly Plan[],
  seconds: number,
  { stateDir, backend }: HostOptions & StateOptions,
): Promise<string | null> {
  const digest = digestUnderWay(stateDir);
  if (digest === null) return 'the backup that the guard would load cannot be read';
  const made = JSON.stringify(plans.map((plan) => [plan.before.family, madeBy(plan)]));
  const wait = ['--id', id, '--record', digest, '--made', made, '--seconds', String(seconds)];
  const applier = ['--applier', JSON.stringify(ownIdentity())];
  const args = [
    'guard',
    ...wait,
    ...applier,
    '--state-dir',
    resolve(stateDir),
    '--backend',
    backend,
  ];
  const reason = await startGuard(process.argv[1] ?? '', args);
  if (reason !== null) return `the guard cannot be started: ${reason}`;
  for (let waited = 0; waited < patience * 50; waited++) {
    if (idOnWatch(stateDir) === id) return null;
    const decision = readDecision(stateDir, id);
    if (decision?.kind === 'failed') return `the guard could not revert: ${decision.reason}`;
    await sleep(20);
  }
  decide(stateDir, id, { kind: 'given up' });
  return `the guard did not come up within ${patience} s`;
}

function idOnWatch(stateDir: string): string | null {
  try {
    return readWait(stateDir)?.id ?? null;
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return null;
  }
}

function settleGuard(
  id: string,
  { kind }: ApplyOutcome,
  seconds: number,
  { stateDir }: StateOptions,
  console: Console,
): void {
  // Where the revert failed, the guard may succeed.
  if (kind === 'stuck') return;
  try {
    if (kind === 'applied') beginWait(stateDir, id, seconds);
    else decide(stateDir, id, { kind: 'reverted' });
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    console.say(`warning: the guard could not be notified, and will revert: ${error.message}`);
  }
}

/** @throws Stop while an apply waits to be confirmed */
export function refuseWhileUnconfirmed(stateDir: string, console: Console): void {
  const confirmation = readConfirmation(stateDir);
  switch (confirmation.kind) {
    case 'none':
      return;
    case 'waiting':
      throw new Stop(
        exitCode.refused,
        `a previous apply is awaiting confirmation (${secondsLeftOf(confirmation)} s left)`,
        'natmap confirm keeps it, natmap rollback undoes it',
      );
    case 'loading':
      throw interruptedApply(confirmation);
    case 'elsewhere':
      throw waitsElsewhere(confirmation.wait);
    case 'abandoned':
      decide(stateDir, confirmation.wait.id, { kind: 'given up' });
      console.note('an earlier apply was never confirmed, and its guard is gone: its rules stayed');
      return;
    case 'rebooted':
      decide(stateDir, confirmation.wait.id, { kind: 'given up' });
      console.note('an earlier apply was never confirmed, and the machine was restarted since');
      return;
  }
}

/** Whole seconds, for people. */
export function secondsLeftOf({ secondsLeft }: { readonly secondsLeft: number }): number {
  return Math.max(0, Math.ceil(secondsLeft));
}

export function interruptedApply(confirmation: Confirmation & { readonly kind: 'loading' }): Stop {
  return new Stop(
    exitCode.refused,
    `a previous apply was interrupted before all of its rules were loaded; its guard reverts it in ${secondsLeftOf(confirmation)} s`,
    'natmap rollback reverts it at once',
  );
}

export function waitsElsewhere({ network, guard }: Wait): Stop {
  return new Stop(
    exitCode.refused,
    `an apply of another network or PID namespace (${network.name}, process ${guard.pid} of ${guard.pidNamespace}) is awaiting confirmation in this state folder`,
    'run natmap where that apply was run, or name another folder with --state-dir',
  );
}
