// natmap alone: where one stands, and what to run next.
import { existsSync } from 'node:fs';
import { collectChecks } from '../../app/collect-diagnostics.ts';
import { secondsLeftOf } from '../../app/confirm-guard.ts';
import { type Console, createConsole } from '../../app/console.ts';
import { type ExitCode, exitCode, Stop } from '../../app/exit.ts';
import { type Compiled, rulesFolder } from '../../app/inputs.ts';
import type { HostOptions, InputOptions, StateOptions } from '../../app/options.ts';
import { planGoals, toGoals } from '../../app/planning.ts';
import { readConfirmation } from '../../apply/confirmation.ts';
import { hasErrors } from '../../diagnostic/diagnostic.ts';
import { Fault } from '../../diagnostic/fault.ts';
import type { Source } from '../../diagnostic/source.ts';
import { countDiagnostics } from '../../report/diagnostics.ts';
import {
  formatStanding,
  type LiveStanding,
  type RulesStanding,
  type SnapshotStanding,
} from '../../report/standing.ts';
import { diffRulesets, summarize } from '../../report/unified.ts';

export type StandingOptions = InputOptions & HostOptions & Pick<StateOptions, 'stateDir'>;

/** The snapshot that is looked for where none is named. */
const snapshotFile = 'snapshot.json';

export async function standing(given: StandingOptions): Promise<ExitCode> {
  const console = createConsole(given);
  const docker = given.docker ?? (existsSync(snapshotFile) ? snapshotFile : undefined);
  const options = docker === undefined ? given : { ...given, docker };
  const compiled = await collectChecks(options, console);
  const shown = {
    rules: rulesOf(compiled, rulesFolder(options)),
    snapshot: snapshotOf(compiled, docker),
    live: await liveOf(compiled, options, console),
    secondsToConfirm: secondsToConfirm(options),
  };
  console.out(formatStanding(shown, console.outStyle));
  return exitCode.done;
}

function rulesOf({ diagnostics, sources, mappings }: Compiled, folder: string): RulesStanding {
  const files = sources.filter(({ name }) => name.endsWith('.yaml'));
  const isEmpty = diagnostics.some(({ code }) => code === 'no-rules');
  if (isEmpty && files.length === 0) return { kind: 'none', folder };
  if (isEmpty || files.every(isBlank)) return { kind: 'blank', folder, files: files.length };
  return {
    kind: 'found',
    folder,
    files: files.length,
    mappings: mappings.length,
    said: countDiagnostics(diagnostics),
    hasErrors: hasErrors(diagnostics),
  };
}

function isBlank({ text }: Source): boolean {
  return text.split('\n').every((line) => /^\s*(#|$)/.test(line));
}

function snapshotOf({ diagnostics }: Compiled, docker: string | undefined): SnapshotStanding {
  if (docker !== undefined) return { kind: 'file', path: docker };
  const isMissing = diagnostics.some(({ code }) => code === 'no-snapshot');
  return { kind: isMissing ? 'missing' : 'not needed' };
}

function secondsToConfirm({ stateDir }: StandingOptions): number | null {
  try {
    const confirmation = readConfirmation(stateDir);
    return confirmation.kind === 'waiting' ? secondsLeftOf(confirmation) : null;
  } catch (error) {
    // Only root can look into the state folder.
    if (error instanceof Fault) return null;
    throw error;
  }
}

async function liveOf(
  compiled: Compiled,
  options: StandingOptions,
  console: Console,
): Promise<LiveStanding> {
  if (hasErrors(compiled.diagnostics)) return { kind: 'not compared' };
  try {
    const goals = await toGoals(compiled, options, console);
    const { plans } = await planGoals(goals, options, console);
    const summary = summarize(plans.map(({ before, after }) => diffRulesets(before, after)));
    const isInSync = plans.every(({ edits }) => edits.length === 0);
    return isInSync ? { kind: 'in sync' } : { kind: 'differs', summary };
  } catch (error) {
    if (!(error instanceof Stop) && !(error instanceof Fault)) throw error;
    return { kind: 'unreadable', reason: error.message, isRoot: process.geteuid?.() === 0 };
  }
}
