// Runs a program: no shell, an environment made here, the output in memory and bounded.
import type { ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';
import { bytesOf, textOf } from '../iptables/bytes.ts';
import { tellEnded } from './ended-programs.ts';
import { inheritedDescriptors } from './network-lock.ts';
import { errorWords, startChild } from './start-child.ts';

export interface Outcome {
  /** Null when the program did not run to its own end. */
  readonly code: number | null;
  readonly stdout: string;
  /** The beginning of it, or why the program was not started. */
  readonly stderr: string;
  /** Why there is no exit code, or null. */
  readonly failure: ProgramFailure | null;
}

export type ProgramFailure =
  | 'not-found'
  | 'not-startable'
  | 'timeout'
  | 'signal'
  /** It printed more than is read, and was killed. */
  | 'too-much-output'
  /** Its input or its output did not pass as a whole, and it was killed. */
  | 'broken-pipe';

/** What became of a program, in words that follow its name. */
export const failureWords: Readonly<Record<ProgramFailure, string>> = {
  'not-found': 'was not found on the PATH',
  'not-startable': 'could not be started',
  timeout: 'took too long and was killed',
  signal: 'was ended by a signal',
  'too-much-output': 'printed more than natmap reads, and was killed',
  'broken-pipe': 'was killed, as the pipe to it failed',
};

export interface Call {
  readonly program: string;
  /** What the program is to find as its own name (argv[0]), where that is not `program`. */
  readonly name?: string;
  readonly args: readonly string[];
  readonly input?: string;
  /** Milliseconds after which the program is killed. */
  readonly timeout: number;
}

/** Never rejects. */
export type Run = (call: Call) => Promise<Outcome>;

/** What iptables may see of our environment: LC_ALL=C makes its messages the ones we know. */
export const passedOn = ['PATH', 'XTABLES_LOCKFILE', 'XTABLES_LIBDIR'];

/** The largest standard output that is read, in bytes: 40,000 rules are 7 MB. */
const mostOutput = 128 * 1024 * 1024;

/** How much of the standard error is kept, in bytes; the rest is read and dropped. */
const mostMessages = 128 * 1024;

/** Milliseconds for a program that was killed to be gone. */
const grace = 5000;

type Environment = Readonly<Record<string, string | undefined>>;

export function programRunner(environment: Environment): Run {
  const known = Object.entries(environment).filter(([name]) => passedOn.includes(name));
  return runIn(Object.fromEntries(known));
}

/**
 * For a client that the user calls himself and has set up by variables of many names, as DOCKER_HOST,
 * CONTAINERS_CONF and XDG_RUNTIME_DIR: it sees all that natmap sees.
 */
export function clientRunner(environment: Environment): Run {
  return runIn(environment);
}

function runIn(environment: Environment): Run {
  const env = { ...environment, LC_ALL: 'C' };
  return async (call) => {
    const started = performance.now();
    const outcome = await runOnce(call, env);
    const { program, name = program, args } = call;
    tellEnded({
      program: name,
      args,
      code: outcome.code,
      milliseconds: performance.now() - started,
    });
    return outcome;
  };
}

function runOnce(
  { program, name = program, args, input, timeout }: Call,
  env: NodeJS.ProcessEnv,
): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = startChild(program, args, {
      env,
      argv0: name,
      // A ^C at the terminal goes to everyone in its process group: half an apply is nobody's wish.
      detached: true,
      stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe', ...inheritedDescriptors()],
    });
    if (child instanceof Error) {
      resolve(notStarted(child));
      return;
    }
    let failure: ProgramFailure | null = null;
    const settle = (code: number | null) => {
      clearTimeout(timer);
      failure ??= code === null ? 'signal' : null;
      const texts = { stdout: textOf(stdout()), stderr: textOf(stderr()) };
      resolve({ code: failure === null ? code : null, ...texts, failure });
    };
    const stop = (reason: ProgramFailure) => {
      failure ??= reason;
      kill(child);
      // Where its end is not heard of either, nothing more is to be waited for.
      clearTimeout(timer);
      timer = setTimeout(() => settle(null), grace);
    };
    let timer = setTimeout(() => stop('timeout'), timeout);
    const stdout = collect(child.stdout, mostOutput, () => stop('too-much-output'));
    const stderr = collect(child.stderr, mostMessages, () => undefined);
    child.stdout?.on('error', () => stop('broken-pipe'));
    child.stdin?.on('error', ({ code }: NodeJS.ErrnoException) => {
      // It may end without reading what it has no use for.
      if (code !== 'EPIPE') stop('broken-pipe');
    });
    child.on('error', (error) => {
      if (child.pid !== undefined) return;
      clearTimeout(timer);
      resolve(notStarted(error));
    });
    child.on('close', settle);
    child.stdin?.end(bytesOf(input ?? ''));
  });
}

function notStarted(error: NodeJS.ErrnoException): Outcome {
  const failure = error.code === 'ENOENT' ? 'not-found' : 'not-startable';
  return { code: null, stdout: '', stderr: errorWords(error), failure };
}

/**
 * Reads a stream to its end and keeps the first bytes of it.
 *
 * @param onMore called once there are more bytes than are kept
 */
function collect(stream: Readable | null, most: number, onMore: () => void): () => Buffer {
  const chunks: Buffer[] = [];
  let length = 0;
  stream?.on('data', (chunk: Buffer) => {
    const room = most - length;
    if (room > 0) chunks.push(chunk.subarray(0, room));
    if (room >= 0 && chunk.length > room) onMore();
    length += chunk.length;
  });
  return () => Buffer.concat(chunks);
}

/** With all that it started: one that lives on keeps the pipes open, so these are closed too. */
function kill(child: ChildProcess): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  } catch {
    // It has ended already.
  }
  child.stdout?.destroy();
  child.stderr?.destroy();
}
