// Runs one command: its console, what it fails with, and the exit code.

import { type Console, clearProgress, createConsole } from '../app/console.ts';
import { type ExitCode, exitCode, Stop } from '../app/exit.ts';
import { internalError } from '../app/internal-error.ts';
import type { OutputOptions } from '../app/options.ts';
import { Fault } from '../diagnostic/fault.ts';
import { visible, visibleLines } from '../diagnostic/visible.ts';
import { type EndedProgram, onEndedProgram } from '../host/ended-programs.ts';
import { openFilesLimit } from '../host/limits.ts';
import { formatAside } from '../report/diagnostics.ts';
import { type CommandName, type Given, runners } from './runners.ts';

export async function run(
  name: CommandName,
  given: Given,
  changesHost: boolean,
): Promise<ExitCode> {
  const console = createConsole({ color: 'auto', ...(given.options as Partial<OutputOptions>) });
  onEndedProgram((ended) => tellProgram(ended, console));
  process.on('exit', clearProgress);
  try {
    if (changesHost) requireOpenFiles();
    return await runners[name](given);
  } catch (error) {
    const { code, message, hint } = toStop(error, changesHost);
    const { errStyle, errWidth } = console;
    console.say(`${errStyle('red', 'error')}: ${visibleLines(message)}`);
    if (hint !== null) console.say(formatAside('hint', hint, errStyle, errWidth));
    return code;
  }
}

/** Twice what an apply takes at most, 32, most of it Node itself. */
const neededOpenFiles = 64;

/** @throws Stop where the limit would end an apply half-way, or keep it from starting iptables at all */
function requireOpenFiles(): void {
  const limit = openFilesLimit();
  if (limit === null || limit >= neededOpenFiles) return;
  throw new Stop(
    exitCode.badInput,
    `natmap needs ${neededOpenFiles} open files, and the limit here is ${limit}`,
    'raise it, as with ulimit -n 1024, or LimitNOFILE= in a unit',
  );
}

function toStop(error: unknown, changesHost: boolean): Stop {
  if (error instanceof Stop) return error;
  if (error instanceof Fault) return new Stop(exitCode.badInput, error.message, error.hint);
  return new Stop(
    exitCode.internalError,
    internalError(error, changesHost),
    'please report this, where nothing said above explains it',
  );
}

function tellProgram(
  { program, args, code, milliseconds }: EndedProgram,
  { detail, trace }: Console,
): void {
  const time = `${Math.round(milliseconds)} ms`;
  const end = code === 0 ? '' : `, exit code ${code ?? 'none'}`;
  detail(`ran ${program}: ${time}${end}`);
  trace(`  ${visible([program, ...args].join(' '))}`);
}
