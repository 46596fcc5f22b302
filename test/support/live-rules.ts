/** The live rules as natmap's model, and plans carried out on them by the real iptables. */
import { parseSave } from '../../src/iptables/parse.ts';
import type { Ruleset } from '../../src/iptables/ruleset.ts';
import { printPayload } from '../../src/plan/payload.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { save } from './iptables.ts';
import type { Family, Variant } from './kernel.ts';
import type { Namespace } from './namespace.ts';
import { type Ending, restore } from './restore.ts';

/** What iptables-save prints, parsed; text that cannot be is an error. */
export async function live(ns: Namespace, variant: Variant, family: Family): Promise<Ruleset> {
  const parsed = parseSave(await save(ns, variant, family), family);
  if (parsed.ok) return parsed.ruleset;
  throw new Error(`iptables-save, line ${parsed.line}: ${parsed.problem}`);
}

/** Loads the payload of a plan, if it has any. */
export async function carryOut(ns: Namespace, variant: Variant, plan: Plan): Promise<Ending> {
  if (plan.edits.length === 0) return { code: 0, line: null };
  return restore(ns, variant, plan.before.family, printPayload(plan.edits), '--counters');
}
