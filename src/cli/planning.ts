// The plan of each family, from the inputs and the live state.
import type { Wanted } from '../iptables/wanted.ts';
import type { Family } from '../net/family.ts';
import { applyGoal } from '../plan/goal.ts';
import { makePlan, type Plan } from '../plan/plan.ts';
import type { RuleOrigin } from '../template/render.ts';
import type { Console } from './console.ts';
import { compileInputs } from './inputs.ts';
import { withKernelForms } from './kernel-forms.ts';
import { type Host, readHost } from './lives.ts';
import type { InputOptions, LiveOptions } from './options.ts';

export interface Planned {
  readonly host: Host;
  readonly wanted: readonly Wanted<RuleOrigin>[];
  readonly plans: readonly Plan[];
}

export async function planApply(
  options: InputOptions & LiveOptions,
  console: Console,
): Promise<Planned> {
  const { wanted: compiled } = compileInputs(options, console);
  const wanted = await withKernelForms(compiled, options, console);
  const wantedOf = (family: Family) => wanted.find((each) => each.family === family);
  const isWanted = (family: Family) =>
    wantedOf(family)?.chains.some(({ rules }) => rules.length > 0) ?? false;
  const host = await readHost(options, isWanted, console);
  const plans = host.lives.flatMap((live) => {
    const goal = wantedOf(live.family);
    return goal === undefined ? [] : [makePlan(live, applyGoal(goal), host.variant)];
  });
  return { host, wanted, plans };
}
