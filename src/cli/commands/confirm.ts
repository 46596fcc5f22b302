// natmap confirm: keeps what an `apply --confirm` has applied.
import { setTimeout as sleep } from 'node:timers/promises';
import { interruptedApply, waitsElsewhere } from '../../app/confirm-guard.ts';
import { type Console, createConsole } from '../../app/console.ts';
import { type ExitCode, exitCode, Stop } from '../../app/exit.ts';
import type { OutputOptions, StateOptions } from '../../app/options.ts';
import { withLock } from '../../app/with-lock.ts';
import { decide, readConfirmation, type Wait } from '../../apply/confirmation.ts';
import { readHistory } from '../../apply/history.ts';
import { trustUnconfirmed } from '../../apply/last-known-good.ts';
import { livenessOf } from '../../host/process-identity.ts';

export type ConfirmOptions = StateOptions & OutputOptions;

/** Seconds that the guard may take to end. */
const patience = 10;

export async function confirm(options: ConfirmOptions): Promise<ExitCode> {
  return confirmWith(options, createConsole(options));
}

/** {@link confirm}, for who has a console. */
export async function confirmWith(options: ConfirmOptions, console: Console): Promise<ExitCode> {
  const wait = await withLock(options, console, async () => keep(options));
  await untilGuardEnds(wait);
  if (!options.quiet) console.out('confirmed: the rules stay\n');
  return exitCode.done;
}

/** Ends the wait with the rules as they are; the lock is held. */
function keep({ stateDir }: ConfirmOptions): Wait {
  const confirmation = readConfirmation(stateDir);
  switch (confirmation.kind) {
    case 'none':
      throw nothingToConfirm(stateDir);
    case 'rebooted':
      throw gone;
    case 'loading':
      throw interruptedApply(confirmation);
    case 'elsewhere':
      throw waitsElsewhere(confirmation.wait);
    case 'abandoned':
      if (confirmation.wait.phase === 'loading') throw halfApplied;
      if (confirmation.secondsLeft < 0) throw tooLate;
      break;
    case 'waiting':
      break;
  }
  trustUnconfirmed(stateDir);
  decide(stateDir, confirmation.wait.id, { kind: 'confirmed' });
  return confirmation.wait;
}

/** A guard that does not end has not seen the confirmation, as where the state folder was moved. */
async function untilGuardEnds({ guard }: Wait): Promise<void> {
  for (let waited = 0; waited < patience * 50; waited++) {
    if (livenessOf(guard) !== 'alive') return;
    await sleep(20);
  }
  throw new Stop(
    exitCode.refused,
    `the confirmation is written, but the guard (process ${guard.pid}) does not end, and may still revert the rules`,
    'see whether it is stopped, and whether the state folder is the one of the apply',
  );
}

const gone = new Stop(
  exitCode.badInput,
  'the machine was restarted since, and the rules that waited to be confirmed went with it',
  'apply them again',
);

const halfApplied = new Stop(
  exitCode.refused,
  'the apply was interrupted before all of its rules were loaded, and its guard is gone',
  'natmap rollback reverts it',
);

const tooLate = new Stop(
  exitCode.refused,
  'the time to confirm is over, and the guard is gone: it may have restored the previous rules',
  'natmap status compares the live rules with rules.d; apply again',
);

function nothingToConfirm(stateDir: string): Stop {
  const last = readHistory(stateDir).entries.at(-1)?.record;
  if (last?.kind !== 'unconfirmed') {
    return new Stop(
      exitCode.badInput,
      'no apply is awaiting confirmation',
      'natmap history lists them',
    );
  }
  const message = `nobody confirmed in time: the previous rules were restored at ${last.at}`;
  return new Stop(exitCode.badInput, message, 'apply again, with a longer --confirm');
}
