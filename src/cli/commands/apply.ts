// natmap apply: makes the live state the wanted one, or leaves it as it was.
import { carryOut } from '../../apply/transaction.ts';
import { createConsole } from '../console.ts';
import type { ExitCode } from '../exit.ts';
import type { HostOptions, InputOptions } from '../options.ts';
import { finish } from '../outcome.ts';
import { planApply } from '../planning.ts';

export type ApplyOptions = InputOptions & HostOptions;

export async function apply(options: ApplyOptions): Promise<ExitCode> {
  const console = createConsole(options);
  const { host, wanted, plans } = await planApply(options, console);
  const outcome = await carryOut(plans, host.iptables, host.variant);
  return finish(outcome, plans, wanted, options, console);
}
