// Rules, snapshot and templates from the disk to what is wanted of each family.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { judgeMappings } from '../analysis/judge.ts';
import { compile } from '../compile/compile.ts';
import type { Mapping } from '../compile/mapping.ts';
import { assumesEngineRules } from '../compile/publish.ts';
import { loadRuleSet } from '../config/load.ts';
import { selectedLabels } from '../config/selection.ts';
import {
  collectIn,
  type Diagnostic,
  type DiagnosticCode,
  hasErrors,
  type Report,
} from '../diagnostic/diagnostic.ts';
import type { Source } from '../diagnostic/source.ts';
import { visible } from '../diagnostic/visible.ts';
import { readSnapshot } from '../docker/read.ts';
import type { Snapshot } from '../docker/snapshot.ts';
import { readFolder, sharedPath } from '../host/files.ts';
import type { Wanted } from '../iptables/wanted.ts';
import type { Mark } from '../net/mark.ts';
import { countDiagnostics, formatDiagnostic } from '../report/diagnostics.ts';
import { createTemplates } from '../template/engine.ts';
import { type RuleOrigin, renderWanted } from '../template/render.ts';
import type { Console } from './console.ts';
import { exitCode, Stop } from './exit.ts';
import { readDocker, readTemplates } from './given-files.ts';
import { chosenFamilies, type InputOptions } from './options.ts';
import { reportClosed, systemRules } from './unit-access.ts';

export interface Compiled {
  /** Null when none was given. */
  readonly snapshot: Snapshot | null;
  readonly mappings: readonly Mapping[];
  /** What the rules say that Docker's `bridge-accept-fwmark` is, or null. */
  readonly acceptMark: Mark | null;
  readonly wanted: readonly Wanted<RuleOrigin>[];
  readonly diagnostics: readonly Diagnostic[];
  /** Every text that was read. */
  readonly sources: readonly Source[];
}

export type RulesOptions = Pick<InputOptions, 'rules' | 'allowEmpty' | 'changesHost'>;

const localRules = 'rules.d';

/** What to do about diagnostics that have been printed. */
export const fixAbove = 'fix the errors above; docs/diagnostics.md explains each code';

/**
 * Compiles everything and prints what is to be said about it.
 *
 * @throws Stop when there is an error: then nothing may be done
 */
export async function compileInputs(options: InputOptions, console: Console): Promise<Compiled> {
  const compiled = await collectInputs(options, console);
  printDiagnostics(compiled.diagnostics, options, console);
  if (hasErrors(compiled.diagnostics)) {
    const count = countDiagnostics(compiled.diagnostics) ?? '';
    throw new Stop(exitCode.badInput, count, fixAbove);
  }
  return compiled;
}

// Rough speeds of an old machine: what takes long has to be said before it begins.
const readInOneMs = 1000;
const renderedInOneMs = 15;

/** Where progress and notes are printed. */
export type Narrator = Pick<Console, 'stage' | 'detail' | 'note'>;

const silent: Narrator = {
  stage: () => undefined,
  detail: () => undefined,
  note: () => undefined,
};

/** Compiles as far as the inputs allow and collects what is to be said about them. */
export async function collectInputs(
  options: InputOptions,
  { stage, detail, note }: Narrator = silent,
): Promise<Compiled> {
  const diagnostics: Diagnostic[] = [];
  const report = collectIn(diagnostics);
  const sources: Source[] = [];
  const keep = (source: Source) => {
    sources.push(source);
    detail(`read ${visible(source.name)}: ${source.text.length} characters`);
  };
  const rules = readRules(options, report);
  rules.forEach(keep);
  reportClosed(rulesFolder(options), options, report);
  stage('reading the rules', rules.reduce((sum, { text }) => sum + text.length, 0) / readInOneMs);
  const ruleSet = loadRuleSet(rules, report);
  if (rules.length > 0 && ruleSet.entries.length === 0 && !hasErrors(diagnostics)) {
    reportNoEntry(rules, options, report);
  }
  const selected = selectedLabels(ruleSet);
  const docker = await readDocker(options, selected, report);
  if (docker !== null) keep(docker);
  const snapshot = docker === null ? null : readSnapshot(docker, report, selected);
  const isSnapshotSound = !diagnostics.some(({ code }) => isOfSnapshot(code));
  if (isSnapshotSound && assumesEngineRules(ruleSet, snapshot)) note(assumption);
  stage('compiling the mappings');
  const compiled = compile(ruleSet, snapshot, (each) => {
    // What a snapshot that could not be read does not hold is nobody's mistake.
    if (isSnapshotSound || !blamesSnapshot.has(each.code)) report(each);
  });
  const acceptMark = ruleSet.acceptMark?.value ?? null;
  const read = { snapshot, acceptMark, diagnostics, sources };
  const failed = { ...read, mappings: compiled, wanted: [] };
  const own = readTemplates(options);
  own.forEach(keep);
  const templateFaults: Diagnostic[] = [];
  const templates = createTemplates(own, collectIn(templateFaults));
  templateFaults.forEach(report);
  if (hasErrors(templateFaults)) return failed;
  stage('rendering the templates', compiled.length / renderedInOneMs);
  // Also where something else is wrong: all that is wrong is reported in one run.
  const { mappings, wanted } = judgeMappings(
    compiled,
    { snapshot, acceptMark },
    (those, reportPrinted) =>
      chosenFamilies(options.family).map((family) =>
        renderWanted(those, family, templates, reportPrinted, acceptMark),
      ),
    report,
  );
  if (hasErrors(diagnostics)) return failed;
  for (const source of templates.unused()) reportIgnored(source.name, report);
  const isFirst = ruleSet.dockerUser?.value === 'first';
  return {
    ...read,
    mappings,
    wanted: isFirst ? wanted.map((each) => ({ ...each, dockerUserFirst: true })) : wanted,
  };
}

const assumption =
  'note: the snapshot does not tell whether Docker makes rules for what it publishes; publish takes it that it does';

function isOfSnapshot(code: DiagnosticCode): boolean {
  return code === 'snapshot-syntax' || code === 'snapshot-shape';
}

const blamesSnapshot: ReadonlySet<DiagnosticCode> = new Set([
  'unknown-container',
  'unknown-network',
  'publishes-nothing',
]);

export function printDiagnostics(
  diagnostics: readonly Diagnostic[],
  { quiet }: { readonly quiet?: boolean },
  console: Console,
): void {
  for (const diagnostic of diagnostics) {
    if (quiet && diagnostic.severity === 'warning') continue;
    console.say(formatDiagnostic(diagnostic, console.errStyle, console.errWidth));
  }
}

export function readRules(options: RulesOptions, report: Report): readonly Source[] {
  const folder = rulesFolder(options);
  const content = readFolder(folder, '.yaml');
  if (content !== null && options.changesHost) reportShared(options, report);
  for (const name of content?.others ?? []) {
    if (!/^README/i.test(name)) reportIgnored(join(folder, name), report);
  }
  for (const { message, hint } of content?.faults ?? []) {
    report({
      code: 'unreadable-file',
      severity: 'error',
      message,
      at: null,
      ...(hint && { hint }),
    });
  }
  if (content !== null && content.files.length + content.faults.length > 0) return content.files;
  if (!options.allowEmpty) {
    const message =
      content === null ? `there is no folder ${folder}` : `folder ${folder} has no .yaml files`;
    const hint = 'name another with --rules DIR, or add --allow-empty';
    report({ code: 'no-rules', severity: 'error', message, at: null, hint });
  }
  return [];
}

/** Somebody may have put it there for the next command of root's; a folder that is named is trusted. */
function reportShared({ rules }: RulesOptions, report: Report): void {
  if (rules !== undefined || rulesFolder({}) !== localRules) return;
  const path = sharedPath(localRules);
  if (path === null) return;
  const message = `others than its owner can write to ${visible(path)}, which was taken because it is in the current folder`;
  const hint = `chmod -R go-w ${localRules}, or name the folder with --rules if you trust what is in it`;
  report({ code: 'shared-rules', severity: 'error', message, at: null, hint });
}

/** An empty rule set removes every rule of natmap, which nobody may ask for by mistake. */
function reportNoEntry(
  files: readonly Source[],
  { allowEmpty }: RulesOptions,
  report: Report,
): void {
  if (allowEmpty) return;
  const [first] = files;
  const all = files.length === 1 ? visible(first?.name ?? '') : `all ${files.length} files`;
  const message = `no entry counts here: ${all} ${files.length === 1 ? 'has' : 'have'} only comments or entries that are not enabled`;
  const hint = 'to remove every rule of natmap, run natmap flush, or add --allow-empty';
  report({ code: 'no-rules', severity: 'error', message, at: null, hint });
}

/** The folder of rule files: the one named, or as a system command that of the system. */
export function rulesFolder({ rules }: RulesOptions): string {
  if (rules !== undefined) return rules;
  return !existsSync(localRules) && existsSync(systemRules) ? systemRules : localRules;
}

function reportIgnored(path: string, report: Report): void {
  const isTemplate = path.endsWith('.njk');
  report({
    code: 'ignored-file',
    severity: 'warning',
    message: `${path} is not read: ${isTemplate ? 'natmap has no template of this name, and none includes it' : 'its name does not end in .yaml'}`,
    at: null,
  });
}
