// natmap confirm: keeps what an `apply --confirm` has applied.

import { endWait, readConfirmation } from '../../apply/confirmation.ts';
import { readHistory } from '../../apply/history.ts';
import { trustUnconfirmed } from '../../apply/last-good.ts';
import { type Console, createConsole } from '../console.ts';
import { type ExitCode, exitCode, Stop } from '../exit.ts';
import { withLock } from '../locked.ts';
import type { OutputOptions, StateOptions } from '../options.ts';

export type ConfirmOptions = StateOptions & OutputOptions;

export async function confirm(options: ConfirmOptions): Promise<ExitCode> {
  const console = createConsole(options);
  return withLock(options, console, async () => keep(options, console));
}

/** Ends the wait with the rules as they are; the lock is held. */
export function keep({ stateDir, quiet }: ConfirmOptions, console: Console): ExitCode {
  const { kind } = readConfirmation(stateDir);
  if (kind === 'none') throw nothingToConfirm(stateDir);
  if (kind === 'rebooted') throw gone;
  trustUnconfirmed(stateDir);
  endWait(stateDir);
  if (!quiet) console.out('confirmed: the rules stay\n');
  return exitCode.done;
}

const gone = new Stop(
  exitCode.badInput,
  'the machine was started anew since, and the rules that waited to be confirmed went with it',
  'apply them again',
);

function nothingToConfirm(stateDir: string): Stop {
  const last = readHistory(stateDir).entries.at(-1)?.record;
  if (last?.kind !== 'unconfirmed') {
    return new Stop(
      exitCode.badInput,
      'no apply waits to be confirmed',
      'natmap history lists them',
    );
  }
  const message = `nobody confirmed in time: the rules from before came back at ${last.at}`;
  return new Stop(exitCode.badInput, message, 'apply again, with a longer --confirm');
}
