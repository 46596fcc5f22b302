// An apply that waits to be confirmed, on the disk in two files, of which each has one writer at a time:
// - unconfirmed.json is the wait: the guard writes it when it is on watch, the apply when its rules are loaded;
// - decision.json is how a wait ended. Only this ends it: a file that is missing or unreadable decides nothing.
// Both are written with the lock held. Neither has to outlive the machine, as the rules do not.
import { statSync } from 'node:fs';
import { uptime } from 'node:os';
import { join } from 'node:path';
import { attempt, FileFault, readSource } from '../host/files.ts';
import {
  isOtherNetwork,
  type NetworkNamespace,
  ownNetworkNamespace,
} from '../host/network-namespace.ts';
import { livenessOf, ownIdentity, type ProcessIdentity } from '../host/process-identity.ts';
import { removeAtOnce, writeAtOnce } from '../host/state-folder.ts';

export interface Wait {
  /** A random name of the apply that waits. */
  readonly id: string;
  /** The number that the apply has, or will have, on the record. */
  readonly apply: number;
  readonly phase: 'loading' | 'waiting';
  readonly guard: ProcessIdentity;
  readonly network: NetworkNamespace;
  /** On the clock of {@link monotonicSeconds}. */
  readonly deadline: number;
}

export type Confirmation =
  | { readonly kind: 'none' }
  | { readonly kind: 'waiting'; readonly secondsLeft: number; readonly wait: Wait }
  /** Not all of its rules are loaded. Read with the lock held: the apply was killed, the guard reverts it. */
  | { readonly kind: 'loading'; readonly secondsLeft: number; readonly wait: Wait }
  /** Its guard is, or may be, at work in another network or PID namespace. */
  | { readonly kind: 'elsewhere'; readonly wait: Wait }
  /** The guard is gone. Before the deadline it was killed and reverted nothing; behind it that is unknown. */
  | { readonly kind: 'abandoned'; readonly secondsLeft: number; readonly wait: Wait }
  /** The machine was restarted since, and the guard and the rules went with it. */
  | { readonly kind: 'rebooted'; readonly wait: Wait };

/** How a wait ended; `failed` is a guard that could not be armed, with the reason. */
export type Decision =
  | { readonly kind: 'confirmed' | 'rolled back' | 'reverted' | 'given up' }
  | { readonly kind: 'failed'; readonly reason: string };

/** Seconds over its time after which a guard that cannot be seen from here counts as gone. */
const invisibleFor = 60;

/**
 * Said by the guard, which is the process that calls it: this apply may begin.
 *
 * @throws FileFault
 */
export function armWait(stateFolder: string, id: string, apply: number, seconds: number): void {
  const [guard, network] = [ownIdentity(), ownNetworkNamespace()];
  const deadline = monotonicSeconds() + seconds;
  write(stateFolder, { id, apply, phase: 'loading', guard, network, deadline });
}

/**
 * The rules to be confirmed are there: the time begins.
 *
 * @throws FileFault when it cannot: the guard reverts them when the time that runs already is over
 */
export function beginWait(stateFolder: string, id: string, seconds: number): void {
  const wait = readWait(stateFolder);
  if (wait?.id !== id) throw new FileFault(pathIn(stateFolder), 'this is not what the guard wrote');
  write(stateFolder, { ...wait, phase: 'waiting', deadline: monotonicSeconds() + seconds });
}

/** @throws FileFault when it cannot be found out */
export function readConfirmation(stateFolder: string): Confirmation {
  const wait = readWait(stateFolder);
  if (wait === null || readDecision(stateFolder, wait.id) !== null) return { kind: 'none' };
  const liveness = livenessOf(wait.guard);
  if (liveness === 'rebooted') return { kind: 'rebooted', wait };
  const secondsLeft = wait.deadline - monotonicSeconds();
  if (liveness === 'gone' || (liveness === 'unknown' && secondsLeft < -invisibleFor))
    return { kind: 'abandoned', secondsLeft, wait };
  const isElsewhere = isOtherNetwork(wait.network, ownNetworkNamespace());
  if (isElsewhere || liveness === 'unknown') return { kind: 'elsewhere', wait };
  return { kind: wait.phase, secondsLeft, wait };
}

/**
 * Ends the wait of this id.
 *
 * @throws FileFault when the decision cannot be written: the guard stays on watch
 */
export function decide(stateFolder: string, id: string, decision: Decision): void {
  writeAtOnce(join(stateFolder, 'decision.json'), `${JSON.stringify({ id, ...decision })}\n`);
  removeWait(stateFolder);
}

/** How the wait of this id ended; null when it did not, and when nothing can be read. */
export function readDecision(stateFolder: string, id: string): Decision | null {
  const value = readObject(join(stateFolder, 'decision.json'));
  if (value?.id !== id) return null;
  const { kind, reason } = value;
  if (kind === 'failed') return { kind, reason: String(reason) };
  return decisionKinds.find((each) => each.kind === kind) ?? null;
}

const decisionKinds = [
  { kind: 'confirmed' },
  { kind: 'rolled back' },
  { kind: 'reverted' },
  { kind: 'given up' },
] as const;

/**
 * The wait on the disk, no matter whose it is.
 *
 * @returns null when there is none, or a torn one of a machine that was cut off from power
 * @throws FileFault when it cannot be read
 */
export function readWait(stateFolder: string): Wait | null {
  const path = pathIn(stateFolder);
  const found = attempt(path, () => statSync(path, { throwIfNoEntry: false }));
  if (found === undefined) return null;
  const value = parseObject(readSource(path).text);
  if (isWait(value)) return value;
  const startOfMachine = Date.now() - uptime() * 1000;
  if (found.mtimeMs < startOfMachine) return null;
  const hint = `natmap rollback reverts the last apply; then remove ${path}`;
  throw new FileFault(path, 'this is not what natmap writes there', hint);
}

/** Seconds on a clock that nobody can set, the same for all processes: CLOCK_MONOTONIC. */
export function monotonicSeconds(): number {
  return Number(process.hrtime.bigint()) / 1e9;
}

/** What stays of it is known to be decided. */
function removeWait(stateFolder: string): void {
  try {
    removeAtOnce(pathIn(stateFolder));
  } catch (error) {
    if (!(error instanceof FileFault)) throw error;
  }
}

function pathIn(stateFolder: string): string {
  return join(stateFolder, 'unconfirmed.json');
}

function write(stateFolder: string, wait: Wait): void {
  writeAtOnce(pathIn(stateFolder), `${JSON.stringify(wait)}\n`);
}

function readObject(path: string): Readonly<Record<string, unknown>> | null {
  try {
    return parseObject(readSource(path).text);
  } catch (error) {
    if (error instanceof FileFault) return null;
    throw error;
  }
}

function parseObject(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

function isWait(value: unknown): value is Wait {
  const { id, apply, phase, guard, network, deadline } = { ...(value as Partial<Wait> | null) };
  return (
    (phase === 'loading' || phase === 'waiting') &&
    [apply, guard?.pid, deadline].every(Number.isFinite) &&
    [
      id,
      guard?.startTicks,
      guard?.pidNamespace,
      guard?.bootId,
      network?.name,
      network?.bootId,
    ].every((text) => typeof text === 'string')
  );
}
