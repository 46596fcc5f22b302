// What apply, flush and rollback share: lock, read, carry out, say what came of it.
import { userInfo } from 'node:os';
import packageJson from '../../package.json' with { type: 'json' };
import { createJournal } from '../apply/history.ts';
import { type ApplyKind, sha256 } from '../apply/record.ts';
import { carryOut } from '../apply/transaction.ts';
import type { Plan } from '../plan/plan.ts';
import { diffRulesets, summarize } from '../report/unified.ts';
import type { Console } from './console.ts';
import type { ExitCode } from './exit.ts';
import { deferSignals } from './interruption.ts';
import { type Host, openHost, readLives } from './lives.ts';
import { withLock } from './locked.ts';
import type { HostOptions, OutputOptions, StateOptions } from './options.ts';
import { finish } from './outcome.ts';
import type { Goals } from './planning.ts';

export type TransactOptions = HostOptions & OutputOptions & StateOptions;

export interface Request {
  readonly kind: ApplyKind;
  readonly goals: Goals;
  /** Why these plans may not be carried out, or null. */
  objection?(plans: readonly Plan[]): string | null;
}

/** Leads the host to the goals as one transaction, on the record. */
export async function transact(
  request: Request,
  options: TransactOptions,
  console: Console,
): Promise<ExitCode> {
  const host = await openHost(options);
  return withLock(options, console, async () => {
    const interruption = deferSignals();
    const lives = await readLives(host, options, request.goals.isWanted, console);
    const outcome = await carryOut({
      iptables: host.iptables,
      variant: host.variant,
      aims: lives.flatMap((live) => {
        const goal = request.goals.goalOf(live.family);
        return goal === null ? [] : [{ live, goal }];
      }),
      journal: createJournal(options.stateDir, headerOf(request, host)),
      summarize: summarizePlans,
      objection: (plans) => request.objection?.(plans) ?? null,
      arm: async () => null,
      interruption,
    });
    return finish(outcome, request.goals.wanted, interruption(), options, console);
  });
}

export function summarizePlans(plans: readonly Plan[]): string {
  return summarize(plans.map(({ before, after }) => diffRulesets(before, after)));
}

function headerOf({ kind, goals }: Request, { variant }: Host) {
  return {
    kind,
    at: new Date().toISOString(),
    by: userName(),
    version: packageJson.version,
    variant,
    sources: goals.sources.map(({ name, text }) => ({ name, sha256: sha256(text) })),
  };
}

/** Who asked for it; sudo(8) says who stands behind root. */
function userName(): string {
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
