// Plans to files and back: what was shown is what is applied, or nothing is.
import { basename, dirname } from 'node:path';
import packageJson from '../../package.json' with { type: 'json' };
import { visible } from '../diagnostic/visible.ts';
import { FileFault, readSource } from '../host/files.ts';
import { writeAtomically } from '../host/write.ts';
import { applyGoal } from '../plan/goal.ts';
import { readSavedPlan } from '../plan/read-saved.ts';
import { printSavedPlan, type SavedPlan, saveFamily } from '../plan/saved.ts';
import { exitCode, Stop } from './exit.ts';
import type { InputOptions } from './options.ts';
import { objectionTo } from './plan-objection.ts';
import type { Goals, Planned } from './planning.ts';
import type { Request } from './transact.ts';

/**
 * @returns the path written
 * @throws FileFault when it cannot be written, or would not be read back
 */
export function writePlanFile(path: string, { host, wanted, sources, plans }: Planned): string {
  const families = plans.flatMap(({ before }) => {
    const own = wanted.find(({ family }) => family === before.family);
    return own === undefined ? [] : [saveFamily(before, own, host.backends[before.family])];
  });
  const text = printSavedPlan({ natmap: packageJson.version, sources, families });
  const read = readSavedPlan(text);
  if (!read.ok) throw new FileFault(path, `this plan cannot be saved: ${visible(read.problem)}`);
  return writeAtomically(dirname(path), basename(path), text);
}

/**
 * The apply of a saved plan: to its goals, if what that takes is what was saved. It is planned once
 * only: a race that is lost leaves the state before, for which the plan was made.
 *
 * @throws FileFault when this is no plan as natmap wrote it
 * @throws Stop when flags say something else than the plan
 */
export function requestFromFile(path: string, options: InputOptions): Request {
  const saved = readPlanFile(path);
  refuseOtherInputs(options, saved);
  const review = objectionTo(saved);
  const backends = Object.fromEntries(saved.families.map((each) => [each.family, each.backend]));
  return { kind: 'apply', goals: goalsOf(saved), backends, attempts: 1, review };
}

function readPlanFile(path: string): SavedPlan {
  const name = path === '-' ? 'standard input' : path;
  const read = readSavedPlan(readSource(path, name).text);
  if (read.ok) return read.plan;
  throw new FileFault(name, visible(read.problem));
}

function refuseOtherInputs(
  { rules, docker, templates, dispatch, allowEmpty, family }: InputOptions,
  { families }: SavedPlan,
): void {
  const flags = {
    '--rules': rules,
    '--docker': docker,
    '--templates': templates,
    '--dispatch': dispatch === 'off' ? dispatch : undefined,
  };
  const given = Object.entries({ ...flags, '--allow-empty': allowEmpty })
    .filter(([, value]) => value !== undefined)
    .map(([flag]) => flag);
  if (given.length > 0) {
    const message = `${given.join(', ')}: a saved plan holds all of its inputs`;
    throw new Stop(exitCode.badInput, message, 'leave this out, or make a new plan');
  }
  const planned = families.map((each) => each.family).join(' and ');
  if (family === 'all' || family === planned) return;
  const message = `the plan is for ${planned}, and --family is ${family}`;
  throw new Stop(
    exitCode.badInput,
    message,
    `make one with natmap plan --family ${family} -o FILE`,
  );
}

/** A family that the plan leaves out is left alone; one that the host lacks is an error. */
function goalsOf({ families, sources }: SavedPlan): Goals {
  const wanted = families.map(({ goal }) => goal);
  return {
    goalOf: (family) => {
      const goal = wanted.find((each) => each.family === family);
      return goal === undefined ? null : applyGoal(goal);
    },
    isWanted: (family) => wanted.some((each) => each.family === family),
    wanted,
    sources,
  };
}
