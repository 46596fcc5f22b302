// natmap apply: makes the live state the wanted one, or leaves it as it was.
import { carryOut } from '../../apply/transaction.ts';
import { createConsole } from '../console.ts';
import type { ExitCode } from '../exit.ts';
import type { InputOptions, LiveOptions } from '../options.ts';
import { finish } from '../outcome.ts';
import { planApply } from '../planning.ts';

export type ApplyOptions = InputOptions & LiveOptions;

export async function apply(options: ApplyOptions): Promise<ExitCode> {
  const console = createConsole({ color: options.color, quiet: options.quiet ?? false });
  const { host, wanted, plans } = await planApply(options, console);
  const outcome = await carryOut(plans, host.iptables, host.variant);
  return finish(outcome, plans, wanted, options, console);
}
