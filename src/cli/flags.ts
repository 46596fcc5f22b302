// The flags that commands share: contract, section 7.
import { InvalidArgumentError, Option } from 'commander';
import { dispatchChoices, type Verbosity } from '../app/options.ts';
import { families } from '../net/family.ts';

/** Each call makes new ones: an option of commander's belongs to one command. */
export function inputFlags(): Option[] {
  return [
    rulesFlag(),
    new Option(
      '--docker <source>',
      'containers: live queries the engine; or a file written by natmap snapshot or docker ' +
        'inspect; - for standard input',
    ),
    engineFlag(),
    new Option('--templates <dir>', 'folder of templates that override the built-in ones'),
    dispatchFlag(),
    new Option('--allow-empty', 'accept an empty or missing rules folder'),
  ];
}

function dispatchFlag(): Option {
  const description =
    'split chains of more than 64 rules into a dispatch tree, or keep every chain a list';
  return new Option('--dispatch <when>', description).choices(dispatchChoices).default('auto');
}

export function rulesFlag(): Option {
  const description = 'folder of rule files (default: rules.d, else /etc/natmap/rules.d)';
  return new Option('--rules <dir>', description);
}

export function engineFlag(): Option {
  const description = "the engine's client: docker or podman (default: docker)";
  return new Option('--docker-command <program>', description);
}

export function hostFlags(): Option[] {
  return [
    new Option('--family <family>', 'address family').choices([...families, 'all']).default('all'),
    backendFlag(),
  ];
}

export function backendFlag(): Option {
  return new Option(
    '--backend <backend>',
    'iptables backend; auto: that of iptables and ip6tables on the PATH',
  )
    .choices(['auto', 'nft', 'legacy'])
    .default('auto');
}

export function takeOverFlag(): Option {
  const description =
    'also remove rules that bear the name of natmap but cannot have been made by it';
  return new Option('--take-over', description);
}

export function liveFlags(): Option[] {
  return [
    new Option('--live <file>', 'read this iptables-save output instead of the live rules'),
    new Option('--live6 <file>', 'the same for ip6tables-save'),
  ];
}

export function stateFlags(): Option[] {
  return [
    stateDirFlag(),
    new Option('--lock-timeout <seconds>', 'seconds to wait for the lock of another natmap')
      .argParser((text) => parseSeconds(text, 0))
      .default(10),
  ];
}

export function stateDirFlag(): Option {
  return new Option('--state-dir <dir>', 'folder of the records of applies')
    .env('NATMAP_STATE_DIR')
    .default('/var/lib/natmap');
}

/** The longest time that can be asked for: a day. */
const longestSeconds = 86_400;

/** Bytes that the head of a Markdown diff and the note on what is cut need in any case. */
export const leastMarkdown = 2000;

/** @throws InvalidArgumentError when the text is no whole number from `least` on */
export function parseBytes(text: string, least: number): number {
  const bytes = /^\d{1,12}$/.test(text) ? Number(text) : Number.NaN;
  if (bytes >= least) return bytes;
  throw new InvalidArgumentError(`give whole bytes from ${least} on.`);
}

/** @throws InvalidArgumentError when the text is no whole number from `least` to a day */
export function parseSeconds(text: string, least: number): number {
  const seconds = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
  if (seconds >= least && seconds <= longestSeconds) return seconds;
  throw new InvalidArgumentError(`give whole seconds from ${least} to ${longestSeconds}.`);
}

/** @throws InvalidArgumentError when the text is no whole number from 1 on */
export function parseCount(text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('give a whole number from 1 on.');
}

/** @throws InvalidArgumentError when the text is no digest of a plan */
export function parseDigest(text: string): string {
  if (/^sha256:[0-9a-f]{64}$/.test(text)) return text;
  throw new InvalidArgumentError(
    'give what natmap diff prints: sha256: and 64 hexadecimal digits.',
  );
}

export function outputFlags(): Option[] {
  return [
    new Option('--color <when>', 'use colours; overrides NO_COLOR, FORCE_COLOR and the terminal')
      .choices(['auto', 'always', 'never'])
      .default('auto'),
    new Option('-q, --quiet', 'print errors only'),
    new Option('-v, --verbose', 'print what is read and run; -vv with arguments and times')
      .argParser((_, before: Verbosity) => before + 1)
      .default(0),
  ];
}

/** `--format`, and the contract's `--json` for the format of that name. */
export function formatFlags(formats: readonly string[]): Option[] {
  return [
    new Option('--format <format>', 'output format').choices(formats).default('text'),
    new Option('--json', 'the same as --format json').implies({ format: 'json' }),
  ];
}
