// natmap check: everything that render checks, without its output.
import { hasErrors } from '../../diagnostic/diagnostic.ts';
import { countDiagnostics, plural } from '../../report/diagnostics.ts';
import { createConsole } from '../console.ts';
import { type ExitCode, exitCode } from '../exit.ts';
import { collectInputs, printDiagnostics } from '../inputs.ts';
import type { InputOptions } from '../options.ts';

export interface CheckOptions extends InputOptions {
  readonly strict?: true;
}

export async function check(options: CheckOptions): Promise<ExitCode> {
  const console = createConsole(options);
  const { mappings, wanted, diagnostics } = await collectInputs(options);
  printDiagnostics(diagnostics, options, console);
  const failed = hasErrors(diagnostics) || (options.strict === true && diagnostics.length > 0);
  const count = countDiagnostics(diagnostics);
  if (failed) {
    console.say(`${console.errStyle('red', 'error')}: ${count}`);
    return exitCode.badInput;
  }
  const rules = wanted
    .flatMap(({ chains }) => chains)
    .reduce((sum, chain) => sum + chain.rules.length, 0);
  const said = `${plural(mappings.length, 'mapping')}, ${plural(rules, 'rule')}`;
  if (!options.quiet) console.out(`${said}; ${count ?? 'no errors, no warnings'}\n`);
  return exitCode.done;
}
