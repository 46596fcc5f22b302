// Runs one command: its console, what it fails with, and the exit code.
import { Fault } from '../diagnostic/fault.ts';
import { visible, visibleLines } from '../diagnostic/visible.ts';
import { type EndedProgram, onEndedProgram } from '../host/ended-programs.ts';
import { formatAside } from '../report/diagnostics.ts';
import { type Console, clearProgress, createConsole } from './console.ts';
import { type ExitCode, exitCode, Stop } from './exit.ts';
import type { OutputOptions } from './options.ts';
import { type CommandName, type Given, runners } from './runners.ts';

export async function run(name: CommandName, given: Given): Promise<ExitCode> {
  const console = createConsole({ color: 'auto', ...(given.options as Partial<OutputOptions>) });
  onEndedProgram((ended) => tellProgram(ended, console));
  process.on('exit', clearProgress);
  try {
    return await runners[name](given);
  } catch (error) {
    const { code, message, hint } = toStop(error);
    const { errStyle, errWidth } = console;
    console.say(`${errStyle('red', 'error')}: ${visibleLines(message)}`);
    if (hint !== null) console.say(formatAside('hint', hint, errStyle, errWidth));
    return code;
  }
}

function toStop(error: unknown): Stop {
  if (error instanceof Stop) return error;
  if (error instanceof Fault) return new Stop(exitCode.badInput, error.message, error.hint);
  const message = `natmap itself is at fault: ${describe(error)}`;
  return new Stop(exitCode.badInput, message, 'please report this');
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

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
