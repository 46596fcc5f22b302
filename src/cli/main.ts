// The command line: help, usage errors, and which command runs. The code of the commands is loaded
// only after that, so that help comes at once.
import { Command, CommanderError } from 'commander';
import packageJson from '../../package.json' with { type: 'json' };
import { endWithEscaped } from '../app/escaped.ts';
import { type ExitCode, exitCode } from '../app/exit.ts';
import { internalError } from '../app/internal-error.ts';
import { visibleLines } from '../diagnostic/visible.ts';
import { surviveBrokenStreams } from './broken-pipe.ts';
import { type CommandSpec, commandSpecs } from './commands.ts';
import { closingHelp, description } from './help.ts';

const program = new Command('natmap')
  .description(description)
  .version(packageJson.version)
  .showSuggestionAfterError()
  .showHelpAfterError('(natmap --help lists the commands)')
  .configureOutput({ outputError: (text, write) => write(visibleLines(text)) })
  .exitOverride()
  .addHelpText('after', closingHelp());

const specs = commandSpecs();
for (const spec of specs) addCommand(spec);

// A library asks Node for colours, which would say that it lets FORCE_COLOR go first: here it does not.
if (process.env.NO_COLOR) delete process.env.FORCE_COLOR;

let isOutputLost = false;
surviveBrokenStreams(() => {
  isOutputLost = true;
});
// Nothing asked for is a question too.
const commandLine = process.argv.length > 2 ? process.argv : [...process.argv, 'standing'];
program.parseAsync(commandLine).catch((error: unknown) => {
  if (!(error instanceof CommanderError)) throw error;
  // Commander has said what is wrong; help and version are no errors.
  process.exitCode = error.exitCode === 0 ? exitCode.done : exitCode.badInput;
});

function addCommand(spec: CommandSpec): void {
  const command = program
    .command(spec.name, { hidden: spec.hidden ?? false })
    .description(spec.summary)
    .addHelpText('after', `\nExample:\n  ${spec.example}`)
    .showHelpAfterError(`(natmap ${spec.name} --help says more)`)
    .action((...given: unknown[]) => runCommand(spec, given));
  if (spec.argument !== undefined) command.addArgument(spec.argument);
  for (const flag of spec.flags) command.addOption(flag);
}

/** `given` is the argument, where the command takes one, then the options, then commander's own. */
async function runCommand(spec: CommandSpec, given: readonly unknown[]): Promise<void> {
  const [argument, options] = spec.argument === undefined ? [undefined, given[0]] : given;
  const changesHost = spec.changesHost ?? false;
  const sayInternal = (error: unknown) => {
    process.stderr.write(`error: ${internalError(error, changesHost)}\n`);
  };
  endWithEscaped(sayInternal);
  let code: ExitCode | null = null;
  process.on('exit', () => {
    if (isOutputLost && !changesHost) process.exitCode = exitCode.badInput;
    // Node also ends where everybody waits for something that will never come.
    if (code === null && process.exitCode === undefined) {
      sayInternal('the command has ended without a result');
      process.exitCode = exitCode.internalError;
    }
  });
  const { run } = await import('./run.ts');
  code = await run(spec.name, { options, argument, specs }, changesHost);
  process.exitCode = code;
}
