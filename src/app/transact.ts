// What apply, flush and rollback share: lock, read, carry out, say what came of it.
import { userInfo } from 'node:os';
import packageJson from '../../package.json' with { type: 'json' };
import { createJournal, type Journal } from '../apply/history.ts';
import { keepState, type Trust } from '../apply/last-known-good.ts';
import { ownTrouble } from '../apply/load.ts';
import { type Preflight, tryOut } from '../apply/preflight.ts';
import type { ApplyKind } from '../apply/record.ts';
import { type ApplyOutcome, carryOut } from '../apply/transaction.ts';
import { Fault } from '../diagnostic/fault.ts';
import type { Lock } from '../host/lock.ts';
import { ownNetworkNamespace } from '../host/network-namespace.ts';
import type { Backends } from '../iptables/ruleset.ts';
import { families, programNames } from '../net/family.ts';
import type { Plan } from '../plan/plan.ts';
import { diffRulesets, summarize } from '../report/unified.ts';
import { guarded, refuseWhileUnconfirmed } from './confirm-guard.ts';
import type { Console } from './console.ts';
import { deferEscaped } from './escaped.ts';
import { type EndingSignal, type ExitCode, exitCode, Stop } from './exit.ts';
import { type Host, openHost, readLives } from './live-rules.ts';
import { rejectOld } from './old-iptables.ts';
import type { HostOptions, OutputOptions, StateOptions } from './options.ts';
import { exitCodeOf, report } from './outcome.ts';
import type { Goals } from './planning.ts';
import { deferSignals } from './signals.ts';
import { rejectHidden } from './table-notes.ts';
import { refuseToTakeOver, takeOverObjection } from './take-over.ts';
import { withLock } from './with-lock.ts';

export type TransactOptions = HostOptions &
  OutputOptions &
  StateOptions & {
    /** Rules that natmap cannot have made, though they have its name, go too. */
    readonly takeOver?: true;
  };

export interface Request {
  readonly kind: ApplyKind;
  readonly goals: Goals;
  /** The backends that a saved plan is for. */
  readonly backends?: Partial<Backends>;
  /** See {@link Transaction}; by default a few times. */
  readonly attempts?: number;
  /** Shows the plans, or judges them: why they may not be carried out, or null. */
  review?(plans: readonly Plan[]): string | null;
  /** See {@link Transaction}; by default a rehearsal, or a test where none is available. */
  tryOut?(plans: readonly Plan[]): Promise<Preflight>;
  /** The journal to keep in place of the one given; by default that. */
  record?(journal: Journal): Journal;
  /** The signal that asked us to end, or null; by default INT, TERM and HUP are watched for. */
  interruption?(): EndingSignal | null;
  /** Seconds within which somebody has to confirm, or the rules from before come back. */
  readonly confirmSeconds?: number;
}

const usualAttempts = 5;

/**
 * Leads the host to the goals as one transaction, on the record.
 *
 * @throws Stop when this is not the host that it is for, or it cannot be begun
 */
export async function transact(
  request: Request,
  options: TransactOptions,
  console: Console,
): Promise<ExitCode> {
  const host = await openHost(options, console);
  refuseOtherBackend(request, host);
  const { code, tell } = await withLock(options, console, (lock) => {
    refuseWhileUnconfirmed(options.stateDir, console);
    return transactLocked(request, host, lock, options, console);
  });
  tell();
  return code;
}

/** How it ended. */
export interface Ended {
  readonly code: ExitCode;
  /** Prints what came of it; once the lock is free, as anyone who reads it may stop doing so. */
  tell(): void;
}

/** {@link transact}, with the lock held already. */
export async function transactLocked(
  request: Request,
  host: Host,
  lock: Lock,
  options: TransactOptions,
  console: Console,
): Promise<Ended> {
  const { goals, confirmSeconds } = request;
  const guard = confirmSeconds === undefined ? null : guarded(confirmSeconds, options, console);
  const interruption = request.interruption ?? deferSignals();
  const lives = await readLives(host, options, goals.isWanted, console);
  console.stage('testing and loading the rules');
  const journal = createJournal(options.stateDir, headerOf(request, host));
  let planned: readonly Plan[] = [];
  const objectionTo = (plans: readonly Plan[]) =>
    mayTakeOver(request, options) ? null : takeOverObjection(plans, options.stateDir);
  const outcome = await deferEscaped((escaped) =>
    carryOut({
      iptables: host.iptables,
      backends: host.backends,
      aims: lives.flatMap((live) => {
        const goal = goals.goalOf(live.family);
        if (goal === null) return [];
        rejectHidden(live, goal);
        if (request.kind === 'apply') rejectOld(live);
        return [{ live, goal }];
      }),
      journal: request.record?.(journal) ?? journal,
      attempts: request.attempts ?? usualAttempts,
      summarize: summarizePlans,
      tryOut: (plans) => {
        planned = plans;
        // A race that was lost may have brought such rules, behind the review.
        const objection = objectionTo(plans);
        if (objection !== null) {
          return Promise.resolve({ kind: 'refused', trouble: ownTrouble('test', objection) });
        }
        return request.tryOut?.(plans) ?? tryOut(plans, host.iptables, host.backends);
      },
      review: (plans) => {
        refuseToTakeOver(objectionTo(plans));
        return request.review?.(plans) ?? null;
      },
      arm: async () => (lock.isHeld() ? ((await guard?.arm(planned)) ?? null) : lockLost),
      interruption,
      escaped,
    }),
  );
  const isTrusted = guard === null || outcome.kind === 'unchanged';
  keepForBoot(outcome, isTrusted ? 'last-good' : 'unconfirmed', host, options, console);
  guard?.settle(outcome);
  return {
    code: exitCodeOf(outcome, interruption()),
    tell: () => report(outcome, goals.wanted, options, console),
  };
}

/** The way back removes what is newer than the state that it leads to: nothing may stop it. */
function mayTakeOver({ kind }: Request, { takeOver }: TransactOptions): boolean {
  return takeOver === true || kind === 'rollback';
}

const lockLost = 'its lock file was removed or replaced, and another natmap may be at work';

/** The rules hold, so the apply has not failed; but what the next boot begins with is another. */
function keepForBoot(
  outcome: ApplyOutcome,
  trust: Trust,
  { backends }: Host,
  { stateDir }: TransactOptions,
  console: Console,
): void {
  if (outcome.kind !== 'applied' && outcome.kind !== 'unchanged') return;
  const afters = outcome.plans.map(({ after }) => after);
  try {
    keepState(stateDir, trust, afters, backends);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    console.say(`warning: at boot, older rules will come first: ${error.message}`);
  }
}

export function summarizePlans(plans: readonly Plan[]): string {
  return summarize(plans.map(({ before, after }) => diffRulesets(before, after)));
}

/** @throws Stop when the request is for another backend than this host's */
export function refuseOtherBackend({ backends = {} }: Request, { backends: found }: Host): void {
  for (const family of families) {
    const planned = backends[family];
    if (planned === undefined || planned === found[family]) continue;
    const name = programNames[family];
    const message = `the plan is for ${name}-${planned}, and this is ${name}-${found[family]}`;
    throw new Stop(exitCode.badInput, message, 'make a new plan on this host: natmap plan -o FILE');
  }
}

function headerOf({ kind, goals }: Request, { backends }: Host) {
  return {
    kind,
    at: new Date().toISOString(),
    by: userName(),
    version: packageJson.version,
    backends,
    network: ownNetworkNamespace(),
    sources: goals.sources,
  };
}

/** Who asked for it; sudo(8) says who stands behind root. */
export function userName(): string {
  const { SUDO_USER } = process.env;
  const name = currentUser();
  return SUDO_USER === undefined || SUDO_USER === '' ? name : `${SUDO_USER} as ${name}`;
}

function currentUser(): string {
  try {
    return userInfo().username;
  } catch {
    return `user ${process.getuid?.()}`;
  }
}
