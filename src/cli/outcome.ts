// What came of an apply, in words and as an exit code.
import type { Trouble } from '../apply/load.ts';
import type { ApplyOutcome } from '../apply/transaction.ts';
import { formatPlace } from '../diagnostic/source.ts';
import { visible } from '../diagnostic/visible.ts';
import type { Wanted } from '../iptables/wanted.ts';
import type { Family } from '../net/family.ts';
import { diffRulesets, summarize } from '../report/unified.ts';
import type { RuleOrigin } from '../template/render.ts';
import type { Console } from './console.ts';
import { type EndingSignal, type ExitCode, exitCode, signalCode } from './exit.ts';
import type { OutputOptions } from './options.ts';

export function finish(
  outcome: ApplyOutcome,
  wanted: readonly Wanted<RuleOrigin>[],
  signal: EndingSignal | null,
  options: OutputOptions,
  console: Console,
): ExitCode {
  const fail = (text: string) => console.say(`${console.errStyle('red', 'error')}: ${text}`);
  const tell = (text: string) => {
    if (!options.quiet) console.out(`${text}\n`);
  };
  switch (outcome.kind) {
    case 'unchanged':
      tell('nothing to do: the live rules are as wanted');
      return exitCode.done;
    case 'applied':
      tell(summarize(outcome.plans.map(({ before, after }) => diffRulesets(before, after))));
      return exitCode.done;
    case 'objected':
      fail(`${outcome.reason}\nnothing was changed`);
      return exitCode.refused;
    case 'refused':
      fail(`${describe(outcome.trouble, wanted)}\nnothing was changed`);
      return failureCode(outcome.trouble, signal);
    case 'put-back':
      fail(`${describe(outcome.trouble, wanted)}\nthe rules from before are back`);
      return failureCode(outcome.trouble, signal);
    case 'stuck':
      fail(describe(outcome.trouble, wanted));
      for (const each of outcome.goingBack)
        fail(`going back failed too: ${describe(each, wanted)}`);
      for (const line of wayOut(outcome.goingBack, outcome.kept)) console.say(line);
      return exitCode.goingBackFailed;
  }
}

function failureCode({ step }: Trouble, signal: EndingSignal | null): ExitCode {
  return step === 'interrupt' && signal !== null ? signalCode[signal] : exitCode.applyFailed;
}

/** What to do by hand. The payloads are on the disk, as far as the disk took them. */
function wayOut(troubles: readonly Trouble[], kept: string | null): readonly string[] {
  const byHand = troubles.flatMap(({ family, payload }) => {
    if (family === null || payload === '') return [];
    const [program, ending] =
      family === 'ipv4' ? ['iptables-restore', 'v4'] : ['ip6tables-restore', 'v6'];
    const command = `${program} --noflush --counters`;
    return kept === null
      ? [`  ${command}   # with this text:`, visible(payload).replaceAll('\\u000a', '\n')]
      : [`  ${command} < ${kept}/going-back.${ending}`];
  });
  return [
    'the rules are between before and after; mend what is said above, then run',
    '  natmap rollback',
    ...byHand,
  ];
}

const steps: Readonly<Record<Trouble['step'], string>> = {
  test: 'refused the rules when testing them',
  'back up': 'could not keep what to go back to',
  load: 'refused the rules',
  'read back': 'could not read the rules back',
  compare: 'shows other rules than planned',
  record: 'could not record what was done',
  interrupt: 'was interrupted',
};

function describe(
  { family, step, failure, payload }: Trouble,
  wanted: readonly Wanted<RuleOrigin>[],
): string {
  const where = family === null ? '' : `${family}: `;
  const said = `${where}${failure.program} ${steps[step]}: ${visible(failure.message).replaceAll('\\u000a', '\n  ')}`;
  const line = failure.line === null ? undefined : payload.split('\n')[failure.line - 1];
  if (line === undefined || family === null) return said;
  const rule = /^(?:\[\d+:\d+\] )?-(?:A (\S+)|I (\S+) \d+) (.*)$/.exec(line);
  const place =
    rule === null ? null : placeOf(family, rule[1] ?? rule[2] ?? '', rule[3] ?? '', wanted);
  return `${said}\n  line ${failure.line}: ${visible(line)}${place === null ? '' : `\n  from ${place}`}`;
}

function placeOf(
  family: Family,
  chain: string,
  spec: string,
  wanted: readonly Wanted<RuleOrigin>[],
): string | null {
  const chains = wanted.find((each) => each.family === family)?.chains ?? [];
  const rule = chains
    .filter(({ name }) => name === chain)
    .flatMap(({ rules }) => rules)
    .find((each) => each.spec === spec);
  return rule?.origin ? formatPlace(rule.origin.at) : null;
}
