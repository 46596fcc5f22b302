// The command line: help, errors and exit codes.
import { Command, CommanderError } from 'commander';
import packageJson from '../../package.json' with { type: 'json' };
import { Fault } from '../diagnostic/fault.ts';
import { type CommandSpec, commandSpecs } from './commands.ts';
import { surviveBrokenStreams } from './console.ts';
import { type ExitCode, exitCode, Stop } from './exit.ts';

const program = new Command('natmap')
  .description(
    'Compiles rules.d and a Docker snapshot into NAT rules, shows them as a diff against the ' +
      'live iptables-save, and applies them as one transaction.',
  )
  .version(packageJson.version)
  .showSuggestionAfterError()
  .exitOverride()
  .addHelpText(
    'after',
    `
Examples:
  natmap check            are the rules right?
  natmap diff             what would change?
  natmap apply            change it
  natmap status           is it so, and what goes through?
  natmap doctor           why does a mapping not work?
  natmap help diff        more about one command

Exit codes:
  0  done, or no difference
  1  diff or status found differences, or doctor something to mend
  2  bad usage or bad input; nothing was touched
  3  refused: the live rules changed under the plan, or another natmap is at work
  4  apply failed; the state before is back
  5  apply failed, and going back failed too; what to do is printed
  128+n  ended by signal n; the state before is back`,
  );

for (const spec of commandSpecs()) addCommand(spec);

let isOutputLost = false;
surviveBrokenStreams(() => {
  isOutputLost = true;
});
try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  // Commander has said what is wrong; help and version are no errors.
  process.exitCode = error.exitCode === 0 ? exitCode.done : exitCode.badInput;
}

function addCommand(spec: CommandSpec): void {
  const command = program
    .command(spec.name)
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
  process.on('exit', () => {
    if (isOutputLost && !spec.changesHost) process.exitCode = exitCode.badInput;
  });
  try {
    process.exitCode = await spec.run(options, argument);
  } catch (error) {
    if (error instanceof Stop) fail(error.code, error.message, error.hint);
    else if (error instanceof Fault) fail(exitCode.badInput, error.message, error.hint);
    else
      fail(
        exitCode.badInput,
        `natmap itself is at fault: ${describe(error)}`,
        'please report this',
      );
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function fail(code: ExitCode, message: string, hint: string | null): void {
  process.exitCode = code;
  process.stderr.write(`error: ${message}\n${hint === null ? '' : `    hint: ${hint}\n`}`);
}
