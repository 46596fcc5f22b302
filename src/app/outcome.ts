// What came of an apply, in words and as an exit code.
import { join, resolve } from 'node:path';
import type { StepFailure } from '../apply/load.ts';
import type { Preflight } from '../apply/preflight.ts';
import type { ApplyOutcome } from '../apply/transaction.ts';
import { formatPlace } from '../diagnostic/source.ts';
import { visible, visibleLines } from '../diagnostic/visible.ts';
import { commandLine } from '../doctor/command.ts';
import { ruleLine } from '../iptables/print.ts';
import type { Wanted } from '../iptables/wanted.ts';
import { fileEndings } from '../net/family.ts';
import { formatAside, plural } from '../report/diagnostics.ts';
import type { RuleOrigin } from '../template/render.ts';
import type { Console } from './console.ts';
import { type EndingSignal, type ExitCode, exitCode, signalCode } from './exit.ts';
import { blame } from './locate-failure.ts';
import type { HostOptions, OutputOptions, StateOptions } from './options.ts';

type ReportOptions = OutputOptions & HostOptions & StateOptions;

/** What came of it, as an exit code. */
export function exitCodeOf(outcome: ApplyOutcome, signal: EndingSignal | null): ExitCode {
  switch (outcome.kind) {
    case 'unchanged':
    case 'applied':
      return exitCode.done;
    case 'objected':
      return exitCode.refused;
    case 'refused':
    case 'put-back':
      return failureCode(outcome.trouble, signal);
    case 'stuck':
      return exitCode.goingBackFailed;
  }
}

/** What came of it, in words. */
export function report(
  outcome: ApplyOutcome,
  wanted: readonly Wanted<RuleOrigin>[],
  options: ReportOptions,
  console: Console,
): void {
  const fail = (text: string) => console.say(`${console.errStyle('red', 'error')}: ${text}`);
  const tell = (text: string) => {
    if (!options.quiet) console.out(`${text}\n`);
  };
  const advise = (trouble: StepFailure) =>
    console.say(formatAside('hint', nextStep(trouble, wanted), console.errStyle, console.errWidth));
  switch (outcome.kind) {
    case 'unchanged':
      tell('nothing to do: the live rules are in sync');
      return;
    case 'applied':
      tell(outcome.summary);
      if (!isRehearsed(outcome.trial)) console.note(describePreflight(outcome.trial));
      return;
    case 'objected':
      fail(`${outcome.reason}\nnothing was changed`);
      return;
    case 'refused':
      fail(`${describe(outcome.trouble, wanted)}\nnothing was changed`);
      advise(outcome.trouble);
      return;
    case 'put-back':
      fail(`${describe(outcome.trouble, wanted)}\nthe previous rules are restored`);
      advise(outcome.trouble);
      return;
    case 'stuck':
      fail(describe(outcome.trouble, wanted));
      for (const each of outcome.goingBack)
        fail(`the revert failed too: ${describe(each, wanted)}`);
      for (const line of wayOut(outcome.goingBack, outcome.kept, options)) console.say(line);
      return;
  }
}

function isRehearsed(trial: Preflight): boolean {
  return trial.kind === 'rehearsed' && trial.leftOut.length === 0;
}

function failureCode({ step }: StepFailure, signal: EndingSignal | null): ExitCode {
  return step === 'interrupt' && signal !== null ? signalCode[signal] : exitCode.applyFailed;
}

/** What to do by hand. The payloads are on the disk, as far as the disk took them. */
function wayOut(
  troubles: readonly StepFailure[],
  kept: string | null,
  { backend, stateDir }: HostOptions & StateOptions,
): readonly string[] {
  const chosen = backend === 'auto' ? [] : ['--backend', backend];
  const rollback = ['natmap', 'rollback', ...chosen, '--state-dir', resolve(stateDir)];
  const byHand = troubles.flatMap((trouble) => loadByHand(trouble, kept));
  return [
    'the rules are partially applied. Fix the error above, then run:',
    `  ${commandLine(...rollback)}`,
    ...(byHand.length === 0 ? [] : ['or, where that fails too,', ...byHand]),
  ];
}

function loadByHand(
  { family, failure, payload }: StepFailure,
  kept: string | null,
): readonly string[] {
  if (family === null || payload === '') return [];
  const command = commandLine(failure.program, '--noflush', '--counters', '-w');
  if (kept === null) {
    return [`  ${command}   # with this text:`, visibleLines(payload)];
  }
  return [`  ${command} < ${commandLine(join(kept, `going-back.${fileEndings[family]}`))}`];
}

const steps: Readonly<Record<StepFailure['step'], string>> = {
  rehearse: 'rejected the rules in the preflight',
  'compare rehearsal': 'shows other rules than planned in the preflight',
  test: 'rejected the rules in a test',
  'back up': 'could not keep the previous state',
  load: 'rejected the rules',
  'read back': 'could not read the rules back',
  compare: 'shows other rules than planned',
  record: 'could not record what was done',
  interrupt: 'was interrupted',
  internal: 'had an internal error',
};

function describe(trouble: StepFailure, wanted: readonly Wanted<RuleOrigin>[]): string {
  const { family, step, failure } = trouble;
  const where = family === null ? '' : `${family}: `;
  const said = `${where}${failure.program} ${steps[step]}: ${visibleLines(failure.message).replaceAll('\n', '\n  ')}`;
  const blamed = blame(trouble, wanted);
  if (blamed === null) return said;
  const from = blamed.at === null ? '' : `\n  from ${visible(formatPlace(blamed.at))}`;
  return `${said}\n  line ${blamed.line}: ${visible(blamed.text)}${from}`;
}

function nextStep(trouble: StepFailure, wanted: readonly Wanted<RuleOrigin>[]): string {
  const at = blame(trouble, wanted)?.at ?? null;
  return at === null ? advice[trouble.step] : `fix ${visible(formatPlace(at))}, and apply again`;
}

const seeWhatRan = 'natmap apply -vv shows what is run, and with what';

const advice: Readonly<Record<StepFailure['step'], string>> = {
  rehearse: seeWhatRan,
  'compare rehearsal': 'please report this, with what natmap diff --payload prints',
  test: seeWhatRan,
  'back up': 'see whether the state folder can be written to, and run it again',
  load: seeWhatRan,
  'read back': seeWhatRan,
  compare: 'see who else changes the rules, and run it again',
  record: 'see whether the state folder can be written to, and run it again',
  interrupt: 'run it again',
  internal: 'run it again; where it fails again, please report this',
};

/** What was tried before the live rules were touched, and what was not. */
export function describePreflight(trial: Preflight): string {
  if (trial.kind === 'tested') return `only tested, not rehearsed: ${visible(trial.reason)}`;
  const { leftOut } = trial;
  const [first] = leftOut;
  if (first === undefined) return 'rehearsed in a network namespace';
  const rules = plural(leftOut.length, 'rule');
  const rule = visible(ruleLine(first.chain, first.spec));
  return `rehearsed in a network namespace, but for ${rules} only tested, as ${first.needs} of the host is needed: ${rule}`;
}
