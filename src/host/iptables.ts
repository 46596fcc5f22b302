// iptables-save and iptables-restore of both families, each of its own backend.
import type { Backend, Ruleset } from '../iptables/ruleset.ts';
import { type Family, programNames } from '../net/family.ts';
import { loadInNamespace, type NamespaceOutcome } from './namespace.ts';
import { inPieces } from './pieces.ts';
import { failureWords, type Outcome, type Run } from './program.ts';

/** `auto` stands for the programs without a suffix, whatever they are. */
export type BackendChoice = 'auto' | Backend;

export interface Iptables {
  /** What the programs of the family are, as `iptables --version` and `ip6tables --version` print. */
  identify(family: Family): Promise<Answer<Identity>>;
  /** The live rules with their counters, as iptables-save prints them. */
  save(family: Family): Promise<Answer<string>>;
  /** Loads a payload; with `test` only parses it. */
  restore(family: Family, payload: string, mode: 'test' | 'load'): Promise<Answer<null>>;
  /**
   * Loads a payload where it can touch nothing, in a network namespace of its own, and gives what
   * iptables-save prints there of these tables.
   */
  loadApart(family: Family, payload: string, tables: readonly string[]): Promise<Apart>;
}

export interface Identity {
  readonly backend: Backend;
  /** As in `1.8.9`; null where the program prints none. */
  readonly version: string | null;
}

/** The rules with the program that would print them, where the text did not tell: an empty one has no header. */
export function asPrinted(ruleset: Ruleset, { version, backend }: Identity): Ruleset {
  const isKnown = ruleset.printer !== undefined || version === null;
  return isKnown ? ruleset : { ...ruleset, printer: { version, backend } };
}

export type Apart =
  | { readonly kind: 'loaded'; readonly saved: string }
  /** The failure names a line. */
  | { readonly kind: 'refused'; readonly failure: Failure }
  /** It could not be tried; what failed is not the payload's fault. */
  | { readonly kind: 'impossible'; readonly reason: string };

type Answer<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly failure: Failure };

/** A program that failed, in the words of the program where it had any. */
export interface Failure {
  readonly program: string;
  readonly reason: 'not-found' | 'unsupported' | 'denied' | 'refused' | 'killed';
  readonly message: string;
  /** The 1-based line of the payload that the program named, or null. */
  readonly line: number | null;
}

const minutes = 60_000;

export function createIptables(
  choice: BackendChoice | Readonly<Record<Family, BackendChoice>>,
  run: Run,
): Iptables {
  const name = (family: Family, tool: string) => {
    const chosen = typeof choice === 'string' ? choice : choice[family];
    const infix = chosen === 'auto' ? '' : `-${chosen}`;
    return `${programNames[family]}${infix}${tool}`;
  };
  const call = async <T>(
    program: string,
    args: readonly string[],
    value: (outcome: Outcome) => T,
    input?: string,
  ): Promise<Answer<T>> => {
    const timeout = 5 * minutes;
    const outcome = await run({
      program,
      args,
      timeout,
      ...(input === undefined ? {} : { input }),
    });
    return outcome.code === 0
      ? { ok: true, value: value(outcome) }
      : { ok: false, failure: failureOf(program, outcome) };
  };
  return {
    identify: (family) =>
      call(name(family, ''), ['--version'], ({ stdout }) => ({
        backend: /nf_tables/.test(stdout) ? 'nft' : 'legacy',
        version: / v(\d+(?:\.\d+)+)/.exec(stdout)?.[1] ?? null,
      })),
    save: (family) => call(name(family, '-save'), ['-c'], ({ stdout }) => stdout),
    restore: (family, payload, mode) => {
      // -w waits for the lock that legacy tools share; nft has none and takes the option silently.
      const args = ['--noflush', '--counters', '-w', ...(mode === 'test' ? ['--test'] : [])];
      return call(name(family, '-restore'), args, () => null, payload);
    },
    loadApart: async (family, payload, tables) => {
      const programs = { restore: name(family, '-restore'), save: name(family, '-save') };
      const load = async (text: string) =>
        judge(await loadInNamespace(run, programs, text, tables), programs.restore);
      const whole = await load(payload);
      return isTooLong(whole) ? loadPieces(payload, load) : whole;
    },
  };
}

function judge(ran: NamespaceOutcome, restore: string): Apart {
  if (ran.kind === 'none') return { kind: 'impossible', reason: ran.reason };
  if (ran.outcome.code === 0) return { kind: 'loaded', saved: ran.outcome.stdout };
  const failure = failureOf(restore, ran.outcome);
  const isRefused = ran.last === 'restore' && failure.reason === 'refused' && failure.line !== null;
  return isRefused ? { kind: 'refused', failure } : { kind: 'impossible', reason: failure.message };
}

/** EMSGSIZE of sendmsg(2): who is not root has no SO_SNDBUFFORCE. */
function isTooLong(apart: Apart): boolean {
  return apart.kind === 'refused' && apart.failure.message.includes('Message too long');
}

async function loadPieces(
  payload: string,
  load: (payload: string) => Promise<Apart>,
): Promise<Apart> {
  const { text, lines } = inPieces(payload);
  const apart = await load(text);
  if (apart.kind !== 'refused') return apart;
  if (isTooLong(apart)) return { kind: 'impossible', reason: apart.failure.message };
  return { kind: 'refused', failure: renumber(apart.failure, (line) => lines[line - 1] ?? null) };
}

/** The failure with other numbers for the lines that it names, in iptables' words too. */
export function renumber(failure: Failure, numberOf: (line: number) => number | null): Failure {
  const message = failure.message.replace(
    lineMention,
    (said, word: string, line: string) =>
      `${word}${numberOf(Number(line)) ?? said.slice(word.length)}`,
  );
  return { ...failure, message, line: failure.line === null ? null : numberOf(failure.line) };
}

const lineMention = /\b(line:? )(\d+)/g;

function failureOf(program: string, outcome: Outcome): Failure {
  const { code, failure } = outcome;
  const message = outcome.stderr
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('Try `'))
    .join('\n')
    .replaceAll(':\n', ': ');
  if (failure !== null) {
    const said = `${program} ${failureWords[failure]}`;
    const isMissing = failure === 'not-found';
    const text = isMissing || message === '' ? said : `${said}: ${message}`;
    return { program, reason: isMissing ? 'not-found' : 'killed', message: text, line: null };
  }
  const line = /\bline:? (\d+)/.exec(message)?.[1];
  return {
    program,
    reason: reasonOf(message),
    message: message || `${program} ended with exit code ${code} and said nothing`,
    line: line === undefined ? null : Number(line),
  };
}

/** What the tools say of a user who may not, and of a kernel that has no such family. */
function reasonOf(message: string): Failure['reason'] {
  if (/Permission denied|Operation not permitted|you must be root/i.test(message)) return 'denied';
  const unsupported = /(family|protocol) not supported|table does not exist/i;
  return unsupported.test(message) ? 'unsupported' : 'refused';
}
