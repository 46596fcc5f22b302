// The command line: help, errors and exit codes.
import { Command, CommanderError } from 'commander';
import packageJson from '../../package.json' with { type: 'json' };
import { Fault } from '../diagnostic/fault.ts';
import { visible } from '../diagnostic/visible.ts';
import { type EndedProgram, onEndedProgram } from '../host/ended-programs.ts';
import { type CommandSpec, commandSpecs } from './commands.ts';
import { type Console, clearProgress, createConsole, surviveBrokenStreams } from './console.ts';
import { exitCode, Stop } from './exit.ts';
import { closingHelp, description } from './help.ts';
import type { OutputOptions } from './options.ts';

const program = new Command('natmap')
  .description(description)
  .version(packageJson.version)
  .showSuggestionAfterError()
  .showHelpAfterError('(natmap --help lists the commands)')
  .exitOverride()
  .addHelpText('after', closingHelp());

for (const spec of commandSpecs()) addCommand(spec);

let isOutputLost = false;
surviveBrokenStreams(() => {
  isOutputLost = true;
});
try {
  // Nothing asked for is a question too.
  await program.parseAsync(process.argv.length > 2 ? process.argv : [...process.argv, 'standing']);
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  // Commander has said what is wrong; help and version are no errors.
  process.exitCode = error.exitCode === 0 ? exitCode.done : exitCode.badInput;
}

function addCommand(spec: CommandSpec): void {
  const command = program
    .command(spec.name, { hidden: spec.hidden ?? false })
    .description(spec.summary)
    .addHelpText('after', `\nExample:\n  ${spec.example}`)
    .showHelpAfterError(`(natmap ${spec.name} --help says more)`)
    .action((...given: unknown[]) => run(spec, given));
  if (spec.argument !== undefined) command.addArgument(spec.argument);
  for (const flag of spec.flags) command.addOption(flag);
}

/** `given` is the argument, where the command takes one, then the options, then commander's own. */
async function run(spec: CommandSpec, given: readonly unknown[]): Promise<void> {
  const [argument, options] = spec.argument === undefined ? [undefined, given[0]] : given;
  const console = createConsole({ color: 'auto', ...(options as Partial<OutputOptions>) });
  onEndedProgram((ended) => tellProgram(ended, console));
  process.on('exit', () => {
    clearProgress();
    if (isOutputLost && !spec.changesHost) process.exitCode = exitCode.badInput;
  });
  try {
    process.exitCode = await spec.run(options, argument);
  } catch (error) {
    const { code, message, hint } = toStop(error);
    process.exitCode = code;
    console.say(`${console.errStyle('red', 'error')}: ${message}`);
    if (hint !== null) console.say(`    ${console.errStyle('cyan', 'hint')}: ${hint}`);
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
