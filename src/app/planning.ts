// What is wanted of each family as a goal, and the plan that leads there from the live state.
import type { Mapping } from '../compile/mapping.ts';
import { visible } from '../diagnostic/visible.ts';
import type { Ruleset } from '../iptables/ruleset.ts';
import type { Wanted } from '../iptables/wanted.ts';
import type { Family } from '../net/family.ts';
import { type SourceDigest, sha256 } from '../plan/digest.ts';
import { applyGoal, type Goal } from '../plan/goal.ts';
import { makePlan, type Plan } from '../plan/plan.ts';
import { moveInWords } from '../report/jump-moves.ts';
import type { RuleOrigin } from '../template/render.ts';
import { backendsPrinted } from './backends.ts';
import type { Console } from './console.ts';
import { type DesiredOptions, desiredRules } from './desired.ts';
import { type Compiled, compileInputs } from './inputs.ts';
import { type Host, openHost, readLives } from './live-rules.ts';
import type { HostOptions, InputOptions, LiveOptions } from './options.ts';
import { rejectHidden } from './table-notes.ts';

/** What a command leads the families to. */
export interface Goals {
  /** Null for a family that is left alone. */
  goalOf(family: Family): Goal | null;
  /** Whether there is anything to lose in a family that this host lacks. */
  isWanted(family: Family): boolean;
  /** The rules with their origins, where there are any. */
  readonly wanted: readonly Wanted<RuleOrigin>[];
  /** The files that the goals come from. */
  readonly sources: readonly SourceDigest[];
}

export interface CompiledGoals extends Goals {
  readonly mappings: readonly Mapping[];
}

export interface Planned extends CompiledGoals {
  readonly host: Host;
  readonly plans: readonly Plan[];
}

/** @throws Stop when the inputs have errors */
export async function compileGoals(
  options: InputOptions & HostOptions,
  console: Console,
): Promise<CompiledGoals> {
  return toGoals(await compileInputs(options, console), options, console);
}

/** What was compiled without errors, as goals. */
export async function toGoals(
  { wanted: compiled, mappings, sources }: Compiled,
  options: DesiredOptions,
  console: Console,
): Promise<CompiledGoals> {
  const wanted = await desiredRules(compiled, options, console);
  const wantedOf = (family: Family) => wanted.find((each) => each.family === family);
  return {
    goalOf: (family) => {
      const ofFamily = wantedOf(family);
      return ofFamily === undefined ? null : applyGoal(ofFamily);
    },
    isWanted: (family) => wantedOf(family)?.chains.some(({ rules }) => rules.length > 0) ?? false,
    wanted,
    mappings,
    sources: sources.map(({ name, text }) => ({ name, sha256: sha256(text) })),
  };
}

export async function planApply(
  options: InputOptions & LiveOptions,
  console: Console,
): Promise<Planned> {
  return planGoals(await compileGoals(options, console), options, console);
}

/** @throws Stop when the live rules cannot be read, or those of a table that is to be edited */
export async function planGoals(
  goals: CompiledGoals,
  options: LiveOptions,
  console: Console,
): Promise<Planned> {
  const opened = await openHost(options, console);
  const lives = await readLives(opened, options, goals.isWanted, console);
  const host = { ...opened, backends: backendsPrinted(opened.backends, lives, options) };
  return { ...goals, host, plans: plansFor(lives, goals, host, console) };
}

/** @throws Stop when the live rules cannot be read, or those of a table that is to be edited */
export async function planHost(
  goals: Goals,
  host: Host,
  options: LiveOptions,
  console: Console,
): Promise<readonly Plan[]> {
  const lives = await readLives(host, options, goals.isWanted, console);
  return plansFor(lives, goals, host, console);
}

function plansFor(
  lives: readonly Ruleset[],
  { goalOf }: Goals,
  host: Host,
  console: Console,
): readonly Plan[] {
  console.stage('planning');
  return lives.flatMap((live) => {
    const goal = goalOf(live.family);
    if (goal === null) return [];
    rejectHidden(live, goal);
    const plan = makePlan(live, goal, host.backends[live.family]);
    for (const move of plan.moves) console.note(visible(moveInWords(move, live.family)));
    return [plan];
  });
}
