// What plans change: as text, which `diff` and `plan` show, and as all that other forms tell.

import { diffReachability } from '../analysis/reachability-diff.ts';
import type { Plan } from '../plan/plan.ts';
import { planDigest } from '../plan/plan-digest.ts';
import { type ChangedLine, changedLines } from '../report/changed-lines.ts';
import type { DiffReport } from '../report/diff-report.ts';
import { type FindSource, withSources } from '../report/origin.ts';
import {
  diffRulesets,
  type FamilyDiff,
  formatUnified,
  isUnchanged,
  summarize,
} from '../report/unified.ts';
import type { Console } from './console.ts';
import type { OutputOptions } from './options.ts';
import { sourcesOf } from './origins.ts';
import type { Planned } from './planning.ts';

/** Plans, and the rules with their origins where there are any. */
type Shown = Pick<Planned, 'plans' | 'wanted'>;

export interface TextOptions extends OutputOptions {
  /** Whether each rule says where it comes from. */
  readonly origin?: true;
}

/** @returns whether anything changes */
export function showDiff(planned: Shown, options: TextOptions, console: Console): boolean {
  console.stage('comparing');
  const changes = planned.plans.map(toChange);
  const changed = changes.filter(({ diff }) => !isUnchanged(diff));
  for (const change of changed) {
    const shown = options.origin ? remarked(change, planned) : change.diff;
    console.out(formatUnified(shown, console.outStyle));
  }
  if (!options.quiet) console.out(`${summarize(changes.map(({ diff }) => diff))}\n`);
  if ((options.verbose ?? 0) > 0) console.out(`plan ${planDigest(planned.plans)}\n`);
  return changed.length > 0;
}

export function reportDiff(planned: Shown, console: Console): DiffReport {
  console.stage('comparing');
  return {
    digest: planDigest(planned.plans),
    families: planned.plans.map(toChange).map((change) => ({
      diff: change.diff,
      lines: linesOf(change),
      moves: change.plan.moves,
      reach: diffReachability(change.plan.before, change.plan.after),
      sourceOf: sourceFinder(change, planned),
    })),
  };
}

interface Change {
  readonly plan: Plan;
  readonly diff: FamilyDiff;
}

function toChange(plan: Plan): Change {
  return { plan, diff: diffRulesets(plan.before, plan.after) };
}

function remarked(change: Change, planned: Shown): FamilyDiff {
  return withSources(change.diff, linesOf(change), sourceFinder(change, planned));
}

function linesOf({ diff, plan: { before, after } }: Change): readonly ChangedLine[] {
  return changedLines(diff, before, after);
}

function sourceFinder({ diff: { family } }: Change, { wanted }: Shown): FindSource {
  const own = wanted.find((each) => each.family === family);
  return own === undefined ? () => null : sourcesOf(own);
}
