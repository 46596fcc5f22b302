// The guard's revert: from memory, with the programs that the apply ran, loading first and recording afterwards.
import { join } from 'node:path';
import packageJson from '../../package.json' with { type: 'json' };
import { backupOf, createJournal, type HistoryEntry, settleInterrupted } from '../apply/history.ts';
import { keepState } from '../apply/last-known-good.ts';
import type { StepFailure } from '../apply/load.ts';
import { planFiles } from '../apply/record.ts';
import { type Previous, putBack } from '../apply/revert.ts';
import { Fault } from '../diagnostic/fault.ts';
import { type BackendChoice, createIptables, type Iptables } from '../host/iptables.ts';
import { takeLock } from '../host/lock.ts';
import { ownNetworkNamespace } from '../host/network-namespace.ts';
import type { ProcessIdentity } from '../host/process-identity.ts';
import { programRunner } from '../host/program.ts';
import { keepingPrograms } from '../host/programs-on-path.ts';
import type { Backends, Ruleset } from '../iptables/ruleset.ts';
import { type Family, programNames } from '../net/family.ts';
import type { Plan } from '../plan/plan.ts';
import type { Made } from '../plan/restore-goal.ts';
import { type Console, createConsole } from './console.ts';
import { lockForRevert, lockTimeout } from './revert-lock.ts';
import { summarizePlans, userName } from './transact.ts';

/** What the guard is to bring back, and what with. */
export interface Charge {
  /** The number of the apply that it reverts. */
  readonly apply: number;
  readonly applier: ProcessIdentity;
  readonly previous: readonly Previous[];
  readonly iptables: Iptables;
  readonly backends: Backends;
  readonly stateDir: string;
}

export type MadeByFamily = readonly (readonly [Family, Made])[];

export type Prepared =
  | { readonly kind: 'ready'; readonly charge: Charge }
  | { readonly kind: 'impossible'; readonly reason: string };

/** Reads the backup into memory, and tries every program that the revert will run. */
export async function prepareRevert(
  entry: HistoryEntry,
  options: {
    readonly stateDir: string;
    readonly backend: BackendChoice;
    readonly made: MadeByFamily;
    readonly applier: ProcessIdentity;
  },
): Promise<Prepared> {
  const before = backupOf(entry);
  if (before === null) return { kind: 'impossible', reason: `${entry.path} cannot be read` };
  const { backends } = entry.record;
  const run = keepingPrograms(programRunner(process.env), process.env.PATH ?? '');
  const iptables = createIptables(options.backend, run);
  const reason = await tryPrograms(iptables, backends, before);
  if (reason !== null) return { kind: 'impossible', reason };
  const made = new Map(options.made);
  const previous = before.map((ruleset) => ({
    before: ruleset,
    made: made.get(ruleset.family) ?? { dockerUser: false, jump: false },
  }));
  const { stateDir, applier } = options;
  const charge = { apply: entry.number, applier, previous, iptables, backends, stateDir };
  return { kind: 'ready', charge };
}

async function tryPrograms(
  iptables: Iptables,
  expected: Backends,
  before: readonly Ruleset[],
): Promise<string | null> {
  for (const { family } of before) {
    const found = await iptables.identify(family);
    if (!found.ok) return found.failure.message;
    const { backend } = found.value;
    if (backend !== expected[family]) {
      return `it finds ${programNames[family]} (${backend}) on its PATH`;
    }
    const saved = await iptables.save(family);
    if (!saved.ok) return saved.failure.message;
    const tested = await iptables.restore(family, '', 'test');
    if (!tested.ok) return tested.failure.message;
  }
  return null;
}

/**
 * Restores the state before the apply, if it is still asked for once the lock is there.
 *
 * @param secondsLate how long the time to confirm is over
 * @returns whether that state holds
 */
export async function revert(
  charge: Charge,
  secondsLate: number,
  isNeeded: () => boolean,
): Promise<boolean> {
  const console = createConsole({ color: 'never', quiet: true });
  const lock = await lockForRevert(charge.applier, secondsLate, console);
  if (lock === 'busy') return false;
  try {
    if (!isNeeded()) return false;
    // For the journal, where the guard is a unit.
    console.say('nobody confirmed in time: restoring the previous rules');
    const plans = new Map<Family, Plan>();
    const troubles = await putBack(charge.previous, charge.iptables, charge.backends, (plan) => {
      const { family } = plan.before;
      plans.set(family, plans.get(family) ?? plan);
    });
    for (const trouble of troubles) console.say(`error: ${describe(trouble)}`);
    if (troubles.length > 0) return false;
    const inOrder = charge.previous.flatMap(({ before }) => plans.get(before.family) ?? []);
    await recordAsFarAsPossible(inOrder, charge, console);
    return true;
  } finally {
    if (lock !== 'none') lock.release();
  }
}

function describe({ family, step, failure }: StepFailure): string {
  return `${family ?? 'all'}: ${failure.program}: ${step}: ${failure.message}`;
}

/** The rules are back: whether the disk takes a record of it changes nothing. */
async function recordAsFarAsPossible(
  plans: readonly Plan[],
  charge: Charge,
  console: Console,
): Promise<void> {
  const changing = plans.filter(({ edits }) => edits.length > 0);
  try {
    const locked = await takeLock(join(charge.stateDir, 'lock'), lockTimeout, { make: true });
    if (locked.kind !== 'held') return;
    try {
      settleInterrupted(charge.stateDir);
      if (changing.length > 0) record(changing, charge);
      const afters = plans.map(({ after }) => after);
      keepState(charge.stateDir, 'last-good', afters, charge.backends);
    } finally {
      locked.lock.release();
    }
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    console.say(`warning: the record lacks this revert: ${error.message}`);
  }
}

function record(plans: readonly Plan[], { stateDir, backends }: Charge): void {
  const journal = createJournal(stateDir, {
    kind: 'unconfirmed',
    at: new Date().toISOString(),
    by: userName(),
    version: packageJson.version,
    backends,
    network: ownNetworkNamespace(),
    sources: [],
  });
  try {
    journal.begin(plans.map(({ before }) => before));
    journal.intend(summarizePlans(plans), planFiles(plans));
    journal.commit();
  } catch (error) {
    // What there is of it is no apply that was interrupted.
    journal.abandon();
    throw error;
  }
}
