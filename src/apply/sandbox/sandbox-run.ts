// The payloads loaded in throwaway network namespaces, before the live rules are touched: it finds
// what iptables-restore --test passes (contract, section 9), and rules that iptables prints otherwise
// than planned.
import type { Failure, Iptables } from '../../host/iptables.ts';
import { parseSave } from '../../iptables/parse.ts';
import { comparableLines, ruleLine } from '../../iptables/print.ts';
import { compareChains, type Ruleset, type Table } from '../../iptables/ruleset.ts';
import { addedRule, printPayload } from '../../plan/payload.ts';
import type { Plan } from '../../plan/plan.ts';
import { describeDifference, firstDifference } from '../difference.ts';
import { payloadOf, type StepFailure } from '../load.ts';
import { type Copy, copyTouched, type LeftOut } from './copy.ts';
import { type Load, stageOf } from './load-in-sandbox.ts';
import { findRejectedLine } from './rejected-line.ts';

export type Rehearsal =
  /** Everything but the rules left out was loaded, and printed as planned. */
  | { readonly kind: 'passed'; readonly leftOut: readonly LeftOut[] }
  | { readonly kind: 'refused'; readonly trouble: StepFailure }
  /** No namespace is available here, or it lacks what the host has. */
  | { readonly kind: 'impossible'; readonly reason: string };

/** Rehearses all plans at once: no family can be in the other's way. */
export async function rehearse(plans: readonly Plan[], iptables: Iptables): Promise<Rehearsal> {
  const rehearsals = await Promise.all(plans.map((plan) => rehearseOne(plan, iptables)));
  return (
    rehearsals.find(({ kind }) => kind === 'refused') ??
    rehearsals.find(({ kind }) => kind === 'impossible') ?? {
      kind: 'passed',
      leftOut: rehearsals.flatMap((each) => (each.kind === 'passed' ? each.leftOut : [])),
    }
  );
}

async function rehearseOne(plan: Plan, iptables: Iptables): Promise<Rehearsal> {
  const real = payloadOf(plan, 'rehearse');
  if (typeof real !== 'string') return { kind: 'refused', trouble: real };
  const { family } = plan.before;
  const refuse = (step: StepFailure['step'], failure: Failure): Rehearsal => ({
    kind: 'refused',
    trouble: { family, step, failure, payload: real },
  });
  const copy = copyTouched(plan);
  const payload = printPayload(copy.edits);
  const load = stageOf(copy, iptables);
  const loaded = await load(
    payload,
    copy.edits.map(({ table }) => table),
  );
  switch (loaded.kind) {
    case 'impossible':
      return loaded;
    case 'refused':
      return refuse('rehearse', await narrow(payload, loaded.failure, load));
    case 'loaded': {
      const { leftOut } = copy;
      const failure = compare(copy, loaded.saved, real);
      return failure === null ? { kind: 'passed', leftOut } : refuse('compare rehearsal', failure);
    }
  }
}

/** The failure with the line of the rule, where iptables named another. */
async function narrow(payload: string, failure: Failure, load: Load): Promise<Failure> {
  if (failure.line === null) return failure;
  const line = await findRejectedLine(payload, failure.line, load);
  if (line === failure.line) return failure;
  const found = `the rules before line ${line} are taken; the kernel may say more in dmesg`;
  return { ...failure, line, message: `${failure.message}\n${found}` };
}

/**
 * How what was saved differs from the plan, with the line of the payload, or null. The order of chains does
 * not count: here they are made all at once, and on the host by many, one after the other.
 */
function compare({ after }: Copy, saved: string, payload: string): Failure | null {
  const parsed = parseSave(saved, after.family);
  const found = parsed.ok ? comparableLines(inOrder(parsed.ruleset)) : saved.split('\n');
  const difference = firstDifference(comparableLines(inOrder(after)), found);
  if (difference === null) return null;
  const line = payload.split('\n').findIndex((each) => {
    const added = addedRule(each);
    return added !== null && ruleLine(added.chain, added.spec) === difference.expected;
  });
  return {
    program: 'iptables-save',
    reason: 'refused',
    message: describeDifference(difference),
    line: line < 0 ? null : line + 1,
  };
}

function inOrder({ tables, ...rest }: Ruleset): Ruleset {
  const sorted = ({ name, chains }: Table): Table => {
    const order = compareChains(name);
    return { name, chains: chains.toSorted((a, b) => order(a.name, b.name)) };
  };
  return { ...rest, tables: tables.map(sorted) };
}
