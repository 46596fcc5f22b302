// Why a saved plan is not carried out: the plan made again on the live rules is another.
import packageJson from '../../package.json' with { type: 'json' };
import { visible } from '../diagnostic/visible.ts';
import { changeSince, type PlanChange } from '../plan/change-since.ts';
import { diffLines } from '../plan/line-diff.ts';
import type { Plan } from '../plan/plan.ts';
import type { SavedPlan } from '../plan/saved.ts';

/** Judges the plans that lead to the goals of a saved one: all of them, or none may be touched. */
export function objectionTo(saved: SavedPlan): (plans: readonly Plan[]) => string | null {
  return (plans) => {
    const objections = plans.flatMap((plan) => {
      const { family } = plan.before;
      const own = saved.families.find((each) => each.family === family);
      const change = own === undefined ? null : changeSince(own, plan);
      return change === null
        ? []
        : [`${family}: ${reasonOf(change, saved.natmap)}\n${shortDiff(change)}`];
    });
    if (objections.length === 0) return null;
    return [...objections, 'make a new plan: natmap plan -o FILE'].join('\n');
  };
}

function reasonOf({ kind }: PlanChange, madeBy: string): string {
  const { version } = packageJson;
  const what = 'the live rules changed under the plan:';
  switch (kind) {
    case 'live':
      return what;
    case 'live-reached':
      return `${what} they are what it leads to already`;
    case 'edits':
      return madeBy === version
        ? `${what} it would take other edits now`
        : `natmap ${visible(madeBy)} made the plan, and this is ${version}: it would make other edits`;
  }
}

/** Lines of a change that are shown. */
const shownLines = 10;

function shortDiff({ planned, now }: PlanChange): string {
  const lines = diffLines(planned, now).flatMap(({ kind, lines: changed }) =>
    kind === 'same'
      ? []
      : changed.map((line) => `  ${kind === 'added' ? '+' : '-'} ${visible(line)}`),
  );
  const more = lines.length - shownLines;
  const rest = more > 0 ? [`  … and ${more} more`] : [];
  return [...lines.slice(0, shownLines), ...rest].join('\n');
}
