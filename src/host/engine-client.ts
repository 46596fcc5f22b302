// docker or podman, as a client of the engine that runs here: a few calls, whatever the number of
// containers.
import { Fault } from '../diagnostic/fault.ts';
import { visible } from '../diagnostic/visible.ts';
import { failureWords, type Outcome, type Run } from './program.ts';

/** The engine cannot be asked: why, and what to do about it. */
export class EngineFault extends Fault {
  override readonly name = 'EngineFault';
}

export type Kind = 'container' | 'network';

/** Everything that it gives is as the program printed it. Every call throws EngineFault. */
export interface EngineClient {
  /** As the user named it. */
  readonly program: string;
  /** Where the engine is, such as `unix:///var/run/docker.sock`, or null when that is unknown. */
  endpoint(): Promise<string | null>;
  info(): Promise<string>;
  /** The ids of all there are, of podman's networks the names. */
  list(kind: Kind): Promise<readonly string[]>;
  /** Lists of JSON; what disappeared after it was listed is in none. */
  inspect(kind: Kind, ids: readonly string[], progress: Progress): Promise<readonly string[]>;
}

/** Hears how many of the ids are through, after each call but the last. */
type Progress = (done: number) => void;

/**
 * Ids in one call: 40 KB of arguments, well below the 128 KB that every kernel takes (execve(2)), and
 * few enough that long work can say how far it is.
 */
const batchSize = 500;

const seconds = 1000;

const listArguments: Readonly<Record<Kind, readonly string[]>> = {
  container: ['ps', '--all', '--quiet', '--no-trunc'],
  network: ['network', 'ls', '--quiet', '--no-trunc'],
};

const inspectArguments: Readonly<Record<Kind, readonly string[]>> = {
  container: ['inspect', '--type', 'container'],
  network: ['network', 'inspect'],
};

export function createEngineClient(program: string, run: Run): EngineClient {
  const call = (args: readonly string[], timeout = 30 * seconds) => run({ program, args, timeout });
  const mustCall = async (args: readonly string[]) => {
    const outcome = await call(args);
    if (outcome.code !== 0) throw faultOf(program, args, outcome);
    return outcome.stdout;
  };
  const inspectSome = async (kind: Kind, ids: readonly string[]) => {
    const args = inspectArguments[kind];
    const outcome = await call([...args, '--', ...ids], 300 * seconds);
    if (outcome.code !== 0 && !isOnlyMissing(outcome)) throw faultOf(program, args, outcome);
    return outcome.stdout;
  };
  return {
    program,
    endpoint: async () => {
      // Podman has no contexts, and what is wrong with docker's the next call tells.
      const format = '{{.Endpoints.docker.Host}}';
      const { code, stdout } = await call(['context', 'inspect', '--format', format]);
      return code === 0 && /^\S+\n$/.test(stdout) ? visible(stdout.trim()) : null;
    },
    info: () => mustCall(['info', '--format', '{{json .}}']),
    list: async (kind) => (await mustCall(listArguments[kind])).split('\n').filter(Boolean),
    inspect: async (kind, ids, progress) => {
      const outputs = [];
      for (let start = 0; start < ids.length; start += batchSize) {
        if (start > 0) progress(start);
        outputs.push(await inspectSome(kind, ids.slice(start, start + batchSize)));
      }
      return outputs;
    },
  };
}

/** Both clients print what they found, complain of the rest and fail. */
function isOnlyMissing(outcome: Outcome): boolean {
  const complaints = complaintsOf(outcome);
  const areMissing = complaints.every((line) => /no such|not found/i.test(line));
  return outcome.stdout.startsWith('[') && complaints.length > 0 && areMissing;
}

/** What the program said, but for warnings and what podman logs. */
function complaintsOf({ stderr }: Outcome): readonly string[] {
  return stderr.split('\n').filter((line) => line.trim() !== '' && !/^(WARNING|time=)/.test(line));
}

function faultOf(program: string, args: readonly string[], outcome: Outcome): EngineFault {
  const command = [program, ...args].join(' ');
  const [said = ''] = complaintsOf(outcome);
  const words = visible(said.replace(/^error: /i, '')).slice(0, 500);
  if (outcome.failure === 'not-found') {
    const hint = 'install it, or name another client with --docker-command';
    return new EngineFault(`${program} was not found on the PATH`, hint);
  }
  if (outcome.failure === 'timeout') {
    return new EngineFault(
      `${command} gave no answer in time`,
      `see whether the engine hangs: ${command}`,
    );
  }
  if (/permission denied/i.test(said)) {
    const hint = 'run natmap as root, or as a member of the group that may use the engine';
    return new EngineFault(`${program} was denied access to its engine: ${words}`, hint);
  }
  if (/cannot connect|failed to connect|connection refused|daemon running/i.test(said)) {
    const hint = 'start it, as with systemctl start docker, or name a snapshot taken before';
    return new EngineFault(`the engine does not answer: ${words}`, hint);
  }
  const { code, failure } = outcome;
  const reason = failure === null ? `exit code ${code}` : `it ${failureWords[failure]}`;
  return new EngineFault(
    `${command} failed: ${words === '' ? reason : words}`,
    'see what it prints when you run it yourself',
  );
}
