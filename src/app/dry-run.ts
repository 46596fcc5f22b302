// apply --dry-run: everything up to the first write.

import { tryOut } from '../apply/preflight.ts';
import type { ApplyOutcome } from '../apply/transaction.ts';
import type { Console } from './console.ts';
import { type ExitCode, exitCode } from './exit.ts';
import { openHost } from './live-rules.ts';
import { rejectOld } from './old-iptables.ts';
import { describePreflight, exitCodeOf, report } from './outcome.ts';
import { planHost } from './planning.ts';
import { showDiff } from './show-diff.ts';
import { refuseToTakeOver, takeOverObjection } from './take-over.ts';
import { type Request, refuseOtherBackend, type TransactOptions } from './transact.ts';

/**
 * Takes no lock and opens no state folder: nothing is written that others could wait for.
 *
 * @throws Stop when this is not the host that it is for
 */
export async function dryRun(
  request: Request,
  options: TransactOptions,
  console: Console,
): Promise<ExitCode> {
  const { goals } = request;
  const host = await openHost(options, console);
  refuseOtherBackend(request, host);
  const plans = await planHost(goals, host, options, console);
  for (const { before } of plans) rejectOld(before);
  if (!options.takeOver) refuseToTakeOver(takeOverObjection(plans, options.stateDir));
  const reason = request.review?.(plans) ?? null;
  const end = (outcome: ApplyOutcome) => {
    report(outcome, goals.wanted, options, console);
    return exitCodeOf(outcome, null);
  };
  if (reason !== null) return end({ kind: 'objected', reason });
  if (!showDiff({ plans, wanted: goals.wanted }, options, console)) return exitCode.done;
  const trial = await tryOut(plans, host.iptables, host.backends);
  if (trial.kind === 'refused') return end(trial);
  console.note(`${describePreflight(trial)}; nothing was changed`);
  return exitCode.done;
}
