// Plans as files, `natmap.plan/v2` (docs/plan.md): what was planned, and of which live rules.
//
// The text is a function of the plan alone, without times or counters: a reader prints what it has read
// again and takes nothing that is not byte for byte the same.
import { visibleJson } from '../diagnostic/visible.ts';
import type { Backend, Ruleset } from '../iptables/ruleset.ts';
import type { Wanted } from '../iptables/wanted.ts';
import type { Family } from '../net/family.ts';
import { type SourceDigest, sha256 } from './digest.ts';
import { applyGoal } from './goal.ts';
import { ownedLines } from './owned-part.ts';
import { printPayload } from './payload.ts';
import { makePlan } from './plan.ts';

export const planSchema = 'natmap.plan/v2';

export interface SavedPlan {
  /** The version of natmap that made it. */
  readonly natmap: string;
  /** The files that it was made from. */
  readonly sources: readonly SourceDigest[];
  /** In the order of families; one that is not there is not touched. */
  readonly families: readonly SavedFamily[];
}

export interface SavedFamily {
  readonly family: Family;
  /** It is for hosts whose programs of this family are of this backend. */
  readonly backend: Backend;
  /** Our part of the live rules that it was made for, see {@link ownedLines}. */
  readonly live: readonly string[];
  readonly goal: Wanted<null>;
  /** The lines for iptables-restore, without the counters that a rewrite carries over. */
  readonly payload: readonly string[];
}

export function saveFamily(live: Ruleset, wanted: Wanted, backend: Backend): SavedFamily {
  const { family } = wanted;
  const chains = wanted.chains.map((chain) => ({
    ...chain,
    rules: chain.rules.map((rule) => ({ ...rule, origin: null })),
  }));
  const goal: Wanted<null> = { ...wanted, chains };
  return { family, backend, live: ownedLines(live), goal, payload: payloadOf(live, goal, backend) };
}

/** What an apply would load, whatever has been counted so far. */
export function payloadOf(live: Ruleset, goal: Wanted, backend: Backend): readonly string[] {
  const { edits } = makePlan(withoutCounters(live), applyGoal(goal), backend);
  return printPayload(edits).split('\n').slice(0, -1);
}

export function printSavedPlan({ natmap, sources, families }: SavedPlan): string {
  const content = {
    schema: planSchema,
    natmap,
    sources: sources.map(({ name, sha256: digest }) => ({ name, sha256: digest })),
    families: families.map(({ family, backend, live, goal, payload }) => ({
      family,
      backend,
      live,
      goal: goal.chains.map(({ table, name, rules }) => ({
        table,
        chain: name,
        rules: rules.map(({ spec }) => spec),
      })),
      ...(goal.dockerUserFirst === true && { dockerUserFirst: true }),
      payload,
    })),
  };
  return visibleJson({ ...content, sha256: sha256(visibleJson(content)) });
}

function withoutCounters({ family, tables }: Ruleset): Ruleset {
  return {
    family,
    tables: tables.map(({ name, chains }) => ({
      name,
      chains: chains.map((chain) => ({
        ...chain,
        counters: null,
        rules: chain.rules.map(({ spec }) => ({ spec, counters: null })),
      })),
    })),
  };
}
