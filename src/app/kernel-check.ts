// What the kernel says of everything wanted, on empty tables in a throwaway network namespace.
import type { LeftOut } from '../apply/sandbox/copy.ts';
import { type Rehearsal, rehearse } from '../apply/sandbox/sandbox-run.ts';
import type { Diagnostic } from '../diagnostic/diagnostic.ts';
import { asPrinted, createIptables } from '../host/iptables.ts';
import { programRunner } from '../host/program.ts';
import { ruleLine } from '../iptables/print.ts';
import type { Wanted } from '../iptables/wanted.ts';
import { applyGoal } from '../plan/goal.ts';
import { makePlan } from '../plan/plan.ts';
import { plural } from '../report/diagnostics.ts';
import type { RuleOrigin } from '../template/render.ts';
import type { Console } from './console.ts';
import { type DesiredOptions, desiredRules } from './desired.ts';
import { blame, originOf } from './locate-failure.ts';

/** Rehearses a first apply. A check that was asked for and cannot be made is an error. */
export async function askKernel(
  compiled: readonly Wanted<RuleOrigin>[],
  options: DesiredOptions,
  console: Console,
): Promise<readonly Diagnostic[]> {
  const iptables = createIptables(options.backend, programRunner(process.env));
  const wanted = await desiredRules(compiled, options, console);
  const rehearsals = wanted
    .filter(({ chains }) => chains.some(({ rules }) => rules.length > 0))
    .map(async (each): Promise<Rehearsal> => {
      const found = await iptables.identify(each.family);
      if (!found.ok) return { kind: 'impossible', reason: found.failure.message };
      const empty = asPrinted({ family: each.family, tables: [] }, found.value);
      return rehearse([makePlan(empty, applyGoal(each), found.value.backend)], iptables);
    });
  const said = (await Promise.all(rehearsals)).flatMap((each) => diagnose(each, wanted));
  // What keeps one family from being tried keeps the other from it too.
  return [...new Map(said.map((diagnostic) => [diagnostic.message, diagnostic])).values()];
}

function diagnose(
  rehearsal: Rehearsal,
  wanted: readonly Wanted<RuleOrigin>[],
): readonly Diagnostic[] {
  switch (rehearsal.kind) {
    case 'impossible':
      return [unavailable(rehearsal.reason)];
    case 'refused': {
      const { family, failure } = rehearsal.trouble;
      const blamed = blame(rehearsal.trouble, wanted);
      const rule = blamed === null ? '' : ` (${blamed.text})`;
      const said = failure.message.replaceAll('\n', '; ');
      const message = `${family}: the kernel does not take this as it is: ${said}${rule}`;
      return [{ code: 'kernel-rejected', severity: 'error', message, at: blamed?.at ?? null }];
    }
    case 'passed':
      return untried(rehearsal.leftOut, wanted);
  }
}

/** One warning for all rules that need the same: 10,000 mappings may have it in common. */
function untried(
  leftOut: readonly LeftOut[],
  wanted: readonly Wanted<RuleOrigin>[],
): readonly Diagnostic[] {
  return [...new Set(leftOut.map(({ needs }) => needs))].flatMap((needs) => {
    const [first, ...more] = leftOut.filter((rule) => rule.needs === needs);
    if (first === undefined) return [];
    const { family, chain, spec } = first;
    const others = more.length === 0 ? '' : `, nor ${plural(more.length, 'other')} like it`;
    const message = `${family}: this was not tried out${others}, as ${needs} of the host is needed (${ruleLine(chain, spec)})`;
    const at = originOf(family, first, wanted);
    return [{ code: 'kernel-untried', severity: 'warning', message, at }];
  });
}

function unavailable(reason: string): Diagnostic {
  return {
    code: 'kernel-unavailable',
    severity: 'error',
    message: `the rules cannot be tried out here: ${reason}`,
    at: null,
    hint: 'it takes iptables, and unshare as root or where users may have namespaces; or leave --kernel out',
  };
}
