// natmap guard, hidden: watches over an apply that waits to be confirmed, and reverts it when the time
// is over. `apply --confirm` starts it. What it needs for that it has in memory before it says that it is on
// watch: by then files, folders and the apply itself may be gone.
import { setTimeout as sleep } from 'node:timers/promises';
import { createConsole } from '../../app/console.ts';
import { type ExitCode, exitCode } from '../../app/exit.ts';
import type { HostOptions, StateOptions } from '../../app/options.ts';
import { type Charge, type MadeByFamily, prepareRevert, revert } from '../../app/revert.ts';
import { surviving } from '../../app/surviving.ts';
import {
  armWait,
  decide,
  monotonicSeconds,
  readDecision,
  readWait,
} from '../../apply/confirmation.ts';
import { postNotice, removeNotice } from '../../apply/guard-notice.ts';
import { entryUnderWay } from '../../apply/history.ts';
import type { ProcessIdentity } from '../../host/process-identity.ts';
import { ignoreSignals, lowerOomScore } from '../../host/survival.ts';

export interface GuardOptions extends Pick<HostOptions, 'backend'>, Pick<StateOptions, 'stateDir'> {
  readonly seconds: number;
  /** The name of the apply's wait. */
  readonly id: string;
  /** The digest of the record of the apply that this guard is for. */
  readonly record: string;
  /** The process of that apply. */
  readonly applier: ProcessIdentity;
  /** What the apply makes outside of natmap-owned chains. */
  readonly made: MadeByFamily;
}

/** Milliseconds between two looks at whether somebody confirmed. */
const interval = 200;

/** Milliseconds before a revert is tried again. */
const pause = 300;

export async function guard(options: GuardOptions): Promise<ExitCode> {
  ignoreSignals();
  lowerOomScore();
  const { stateDir, id, seconds } = options;
  // It came up too late: the apply that started it has given up.
  if (readDecision(stateDir, id) !== null) return exitCode.done;
  const charge = await prepare(options);
  if (charge === null) return exitCode.done;
  const deadline = monotonicSeconds() + seconds;
  const { forgive } = surviving(createConsole({ color: 'never', quiet: true }));
  // Without it the guard does its work too; only natmaps with other state folders do not know of it.
  forgive(() => postNotice(id, stateDir, seconds));
  armWait(stateDir, id, charge.apply, seconds);
  await watch(charge, deadline, options);
  forgive(() => removeNotice(id));
  return exitCode.done;
}

/** @returns null when it could not revert, which the apply has been informed of */
async function prepare(options: GuardOptions): Promise<Charge | null> {
  const { stateDir, id, record } = options;
  const entry = entryUnderWay(stateDir, record);
  if (entry === null) return null;
  const prepared = await prepareRevert(entry, options);
  if (prepared.kind === 'ready') return prepared.charge;
  decide(stateDir, id, { kind: 'failed', reason: prepared.reason });
  return null;
}

async function watch(charge: Charge, first: number, options: GuardOptions): Promise<void> {
  const { stateDir, id, seconds } = options;
  const attempts = surviving(createConsole({ color: 'never', quiet: true }));
  let deadline = first;
  const isOver = () => {
    deadline = deadlineOf(stateDir, id, seconds) ?? deadline;
    return monotonicSeconds() >= deadline;
  };
  const isDecided = () => readDecision(stateDir, id) !== null;
  while (!isDecided()) {
    if (!isOver()) {
      await sleep(interval);
      continue;
    }
    const late = monotonicSeconds() - deadline;
    const isBack = await attempts.run(() => revert(charge, late, () => isOver() && !isDecided()));
    if (isBack) return attempts.forgive(() => decide(stateDir, id, { kind: 'reverted' }));
    await sleep(pause);
  }
}

/** When the wait on the disk is over; null when that cannot be read, or is later than it can be. */
function deadlineOf(stateDir: string, id: string, seconds: number): number | null {
  try {
    const wait = readWait(stateDir);
    if (wait?.id !== id) return null;
    return wait.deadline <= monotonicSeconds() + seconds ? wait.deadline : null;
  } catch {
    return null;
  }
}
