// natmap flush: removes everything of ours; what others have stays.
import { carryOut } from '../../apply/transaction.ts';
import { flushGoal } from '../../plan/goal.ts';
import { makePlan } from '../../plan/plan.ts';
import { createConsole } from '../console.ts';
import type { ExitCode } from '../exit.ts';
import { readHost } from '../lives.ts';
import type { HostOptions, OutputOptions } from '../options.ts';
import { finish } from '../outcome.ts';

export type FlushOptions = HostOptions & OutputOptions;

export async function flush(options: FlushOptions): Promise<ExitCode> {
  const console = createConsole(options);
  const host = await readHost(options, () => false, console);
  const plans = host.lives.map((live) => makePlan(live, flushGoal, host.variant));
  const outcome = await carryOut(plans, host.iptables, host.variant);
  return finish(outcome, plans, [], options, console);
}
