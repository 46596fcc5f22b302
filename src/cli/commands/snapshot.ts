// natmap snapshot: what compilation needs of the engine's containers and networks, as JSON.
import { basename, dirname } from 'node:path';
import { createConsole } from '../../app/console.ts';
import { takeSnapshot } from '../../app/engine-snapshot.ts';
import { type ExitCode, exitCode, Stop } from '../../app/exit.ts';
import { fixAbove, printDiagnostics, readRules } from '../../app/inputs.ts';
import type { EngineOptions } from '../../app/options.ts';
import { loadRuleSet } from '../../config/load.ts';
import { selectedLabels } from '../../config/selection.ts';
import { collectIn, type Diagnostic, hasErrors, type Report } from '../../diagnostic/diagnostic.ts';
import { writeAtomically } from '../../host/write.ts';
import { countDiagnostics } from '../../report/diagnostics.ts';

export interface SnapshotOptions extends EngineOptions {
  readonly rules?: string;
  readonly label: readonly string[];
  readonly output?: string;
}

export async function snapshot(options: SnapshotOptions): Promise<ExitCode> {
  const console = createConsole(options);
  const diagnostics: Diagnostic[] = [];
  const report = collectIn(diagnostics);
  const selected = new Set([...options.label, ...labelsOfRules(options, report)]);
  const text = await takeSnapshot(options, selected, report);
  printDiagnostics(diagnostics, options, console);
  if (text === null || hasErrors(diagnostics)) {
    throw new Stop(exitCode.badInput, countDiagnostics(diagnostics) ?? '', fixAbove);
  }
  if (options.output === undefined) console.out(text);
  else {
    const { output } = options;
    console.note(`wrote ${writeAtomically(dirname(output), basename(output), text)}`);
  }
  return exitCode.done;
}

/**
 * The labels that the rules here select by; that there are none here is a fault only when they were
 * named. What is wrong in them is reported by the command that uses them, and there a label that the
 * snapshot lacks is an error.
 */
function labelsOfRules({ rules }: SnapshotOptions, report: Report): ReadonlySet<string> {
  const sources = readRules(rules === undefined ? { allowEmpty: true } : { rules }, report);
  return selectedLabels(loadRuleSet(sources, () => undefined));
}
