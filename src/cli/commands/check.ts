// natmap check: everything that render checks, and lint, without the rules.
import packageJson from '../../../package.json' with { type: 'json' };
import { collectChecks } from '../../app/collect-diagnostics.ts';
import { createConsole } from '../../app/console.ts';
import { type ExitCode, exitCode, Stop } from '../../app/exit.ts';
import { type Compiled, fixAbove, printDiagnostics } from '../../app/inputs.ts';
import type { CheckFormat, HostOptions, InputOptions } from '../../app/options.ts';
import { type Diagnostic, hasErrors } from '../../diagnostic/diagnostic.ts';
import { type CheckCounts, checkJson } from '../../report/check-json.ts';
import { countDiagnostics, plural } from '../../report/diagnostics.ts';
import { formatGithub } from '../../report/github.ts';
import { formatSarif } from '../../report/sarif.ts';

export interface CheckOptions extends InputOptions, HostOptions {
  readonly format: CheckFormat;
  readonly strict?: true;
  readonly kernel?: true;
}

export async function check(options: CheckOptions): Promise<ExitCode> {
  const console = createConsole(options);
  const compiled = await collectChecks(options, console);
  const isAsked = options.kernel === true && !hasErrors(compiled.diagnostics);
  const said = isAsked
    ? await (await import('../../app/kernel-check.ts')).askKernel(compiled.wanted, options, console)
    : [];
  const found = [...compiled.diagnostics, ...said];
  const diagnostics = options.strict ? found.map(asError) : found;
  const failed = hasErrors(diagnostics);
  const counts = countCompiled(compiled);
  if (options.format !== 'text') console.out(formats[options.format](diagnostics, counts));
  else {
    printDiagnostics(diagnostics, options, console);
    if (!failed && !options.quiet) {
      const kernel = isAsked
        ? `; the kernel takes ${said.length === 0 ? 'them' : 'the others'}`
        : '';
      console.out(`${summary(counts, diagnostics)}${kernel}\n`);
    }
  }
  if (!failed) return exitCode.done;
  throw new Stop(exitCode.badInput, countDiagnostics(diagnostics) ?? '', fixAbove);
}

function asError(diagnostic: Diagnostic): Diagnostic {
  return { ...diagnostic, severity: 'error' };
}

type Formatter = (diagnostics: readonly Diagnostic[], counts: CheckCounts) => string;

const formats: Readonly<Record<Exclude<CheckFormat, 'text'>, Formatter>> = {
  json: checkJson,
  github: formatGithub,
  sarif: (diagnostics) => formatSarif(diagnostics, packageJson.version),
};

function countCompiled({ mappings, wanted }: Compiled): CheckCounts {
  const rules = wanted.flatMap(({ chains }) => chains).flatMap((chain) => chain.rules);
  return { mappings: mappings.length, rules: rules.length };
}

function summary({ mappings, rules }: CheckCounts, diagnostics: readonly Diagnostic[]): string {
  const said = `${plural(mappings, 'mapping')}, ${plural(rules, 'rule')}`;
  return `${said}; ${countDiagnostics(diagnostics) ?? 'no errors, no warnings'}`;
}
