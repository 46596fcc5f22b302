// The rules as they are to stand on the host: in the kernel's own words, and long chains as trees.
import { dispatchWanted } from '../dispatch/dispatch.ts';
import type { Wanted } from '../iptables/wanted.ts';
import type { RuleOrigin } from '../template/render.ts';
import type { Console } from './console.ts';
import { withKernelForms } from './kernel-forms.ts';
import type { HostOptions, InputOptions } from './options.ts';

export type DesiredOptions = HostOptions & Pick<InputOptions, 'dispatch'>;

/** @param compiled with a list in each chain */
export async function desiredRules(
  compiled: readonly Wanted<RuleOrigin>[],
  options: DesiredOptions,
  console: Console,
): Promise<readonly Wanted<RuleOrigin>[]> {
  const wanted = await withKernelForms(compiled, options, console);
  return options.dispatch === 'off' ? wanted : wanted.map(dispatchWanted);
}
