// The command line: flags, help and exit codes. Each command's code is loaded when it is run.
import { Command, CommanderError } from '@commander-js/extra-typings';
import packageJson from '../../package.json' with { type: 'json' };
import { Fault } from '../diagnostic/fault.ts';
import { endQuietlyOnBrokenPipe } from './console.ts';
import { type ExitCode, exitCode, Stop } from './exit.ts';
import { flags } from './options.ts';

const program = new Command('natmap')
  .description(
    'Compiles rules.d and a Docker snapshot into NAT rules, shows them as a diff against the live\n' +
      'iptables-save, and applies them as one transaction.',
  )
  .version(packageJson.version)
  .showSuggestionAfterError()
  .showHelpAfterError('(natmap --help says more)')
  .exitOverride()
  .addHelpText(
    'after',
    `
Examples:
  natmap check                     are the rules right?
  natmap diff                      what would change?
  natmap apply                     change it
  natmap help diff                 more about one command

Exit codes: 0 done, or no difference; 1 diff found differences; 2 bad usage or input, nothing
touched; 4 apply failed and the state before is back; 5 going back failed too.`,
  );

program
  .command('render')
  .description('print the rules wanted, as iptables-save text; needs no root and no iptables')
  .addOption(flags.rules())
  .addOption(flags.docker())
  .addOption(flags.templates())
  .addOption(flags.family())
  .addOption(flags.allowEmpty())
  .addOption(flags.color())
  .addOption(flags.quiet())
  .option('-o, --output <dir>', 'write rules.v4 and rules.v6 to this folder instead')
  .addHelpText('after', example('natmap render --docker snapshot.json --family ipv4'))
  .action((options) => run(async () => (await import('./commands/render.ts')).render(options)));

program
  .command('check')
  .description('say everything that is wrong, or that may be, with the rules')
  .addOption(flags.rules())
  .addOption(flags.docker())
  .addOption(flags.templates())
  .addOption(flags.family())
  .addOption(flags.allowEmpty())
  .addOption(flags.color())
  .addOption(flags.quiet())
  .option('--strict', 'warnings are errors')
  .addHelpText('after', example('natmap check --rules rules.d --docker snapshot.json --strict'))
  .action((options) => run(async () => (await import('./commands/check.ts')).check(options)));

program
  .command('diff')
  .description('show what apply would change: a unified diff of iptables-save, and a summary')
  .addOption(flags.rules())
  .addOption(flags.docker())
  .addOption(flags.templates())
  .addOption(flags.family())
  .addOption(flags.allowEmpty())
  .addOption(flags.backend())
  .addOption(flags.live())
  .addOption(flags.live6())
  .addOption(flags.color())
  .addOption(flags.quiet())
  .addHelpText('after', example('natmap diff --live saved.v4 --live6 saved.v6'))
  .action((options) => run(async () => (await import('./commands/diff.ts')).diff(options)));

program
  .command('apply')
  .description('make the live rules the wanted ones, or leave everything as it was')
  .addOption(flags.rules())
  .addOption(flags.docker())
  .addOption(flags.templates())
  .addOption(flags.family())
  .addOption(flags.allowEmpty())
  .addOption(flags.backend())
  .addOption(flags.color())
  .addOption(flags.quiet())
  .addHelpText('after', example('natmap apply --docker snapshot.json'))
  .action((options) => run(async () => (await import('./commands/apply.ts')).apply(options)));

program
  .command('flush')
  .description('remove every rule and chain of natmap; DOCKER-USER and all other rules stay')
  .addOption(flags.family())
  .addOption(flags.backend())
  .addOption(flags.color())
  .addOption(flags.quiet())
  .addHelpText('after', example('natmap flush --family ipv6'))
  .action((options) => run(async () => (await import('./commands/flush.ts')).flush(options)));

program
  .command('schema')
  .description('print the JSON Schema of rules.d files, for editors')
  .addHelpText('after', example('natmap schema > schema/rules.schema.json'))
  .action(() => run(async () => (await import('./commands/schema.ts')).schema()));

function example(line: string): string {
  return `\nExample:\n  ${line}`;
}

async function run(command: () => Promise<ExitCode>): Promise<void> {
  try {
    process.exitCode = await command();
  } catch (error) {
    if (error instanceof Stop) fail(error.code, error.message, error.hint);
    else if (error instanceof Fault) fail(exitCode.badInput, error.message, null);
    else throw error;
  }
}

function fail(code: ExitCode, message: string, hint: string | null): void {
  process.exitCode = code;
  process.stderr.write(`error: ${message}\n${hint === null ? '' : `    hint: ${hint}\n`}`);
}

endQuietlyOnBrokenPipe();
try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  // Commander has said what is wrong; help and version are no errors.
  process.exitCode = error.exitCode === 0 ? exitCode.done : exitCode.badInput;
}
