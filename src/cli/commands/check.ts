// natmap check: everything that render checks, without its output.
import { hasErrors } from '../../diagnostic/diagnostic.ts';
import { countDiagnostics, plural } from '../../report/diagnostics.ts';
import { createConsole } from '../console.ts';
import { type ExitCode, exitCode } from '../exit.ts';
import { collectInputs, printDiagnostics } from '../inputs.ts';
import type { HostOptions, InputOptions } from '../options.ts';

export interface CheckOptions extends InputOptions, HostOptions {
  readonly strict?: true;
  readonly kernel?: true;
}

export async function check(options: CheckOptions): Promise<ExitCode> {
  const console = createConsole(options);
  const { mappings, wanted, diagnostics: found } = await collectInputs(options);
  const isAsked = options.kernel === true && !hasErrors(found);
  const said = isAsked
    ? await (await import('../kernel-check.ts')).askKernel(wanted, options, console)
    : [];
  const diagnostics = [...found, ...said];
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
  const size = `${plural(mappings.length, 'mapping')}, ${plural(rules, 'rule')}`;
  const kernel = `; the kernel takes ${said.length === 0 ? 'them' : 'the others'}`;
  if (!options.quiet)
    console.out(`${size}; ${count ?? 'no errors, no warnings'}${isAsked ? kernel : ''}\n`);
  return exitCode.done;
}
