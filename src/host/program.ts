// Runs a program: no shell, an environment of our own making, the whole output in memory.
import { bytesOf, textOf } from '../iptables/bytes.ts';
import { tellEnded } from './ended-programs.ts';

export interface Outcome {
  /** Null when the program could not be started or was ended by a signal. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Why there is no exit code, or null. */
  readonly failure: 'not-found' | 'not-startable' | 'timeout' | 'signal' | null;
}

export interface Call {
  readonly program: string;
  readonly args: readonly string[];
  readonly input?: string;
  /** Milliseconds after which the program is ended. */
  readonly timeout: number;
}

export type Run = (call: Call) => Promise<Outcome>;

/** What iptables may see of our environment: LC_ALL=C makes its messages the ones we know. */
export const passedOn = ['PATH', 'XTABLES_LOCKFILE', 'XTABLES_LIBDIR'];

/** The largest output that is read, in bytes: 40,000 rules are 7 MB. */
const maxBuffer = 1_000_000_000;

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
  return async ({ program, args, input, timeout }) => {
    // Loaded here, as a render or a diff of saved rules may need no program.
    const { execa } = await import('execa');
    const started = performance.now();
    const result = await execa(program, [...args], {
      env,
      extendEnv: false,
      // A ^C at the terminal goes to everyone in its process group: half an apply is nobody's wish.
      detached: true,
      reject: false,
      stripFinalNewline: false,
      encoding: 'buffer',
      maxBuffer,
      timeout,
      ...(input === undefined ? { stdin: 'ignore' } : { input: bytesOf(input) }),
    });
    const code = result.exitCode ?? null;
    tellEnded({ program, args, code, milliseconds: performance.now() - started });
    return {
      code,
      stdout: textOf(result.stdout),
      stderr: textOf(result.stderr),
      failure: failureOf(result),
    };
  };
}

function failureOf(result: {
  readonly exitCode?: number | undefined;
  readonly timedOut: boolean;
  readonly signal?: string | undefined;
  readonly code?: string | undefined;
}): Outcome['failure'] {
  if (result.timedOut) return 'timeout';
  if (result.exitCode !== undefined) return null;
  if (result.signal !== undefined) return 'signal';
  return result.code === 'ENOENT' ? 'not-found' : 'not-startable';
}
