// What `natmap check` looks at beyond what every command does: analysis of the rules and of their files.
import { analyze } from '../analysis/analyze.ts';
import type { Diagnostic, Report } from '../diagnostic/diagnostic.ts';
import { startOf } from '../diagnostic/source.ts';
import { isOpenToAll } from '../host/files.ts';

import { type Compiled, collectInputs, type Narrator, rulesFolder } from './inputs.ts';
import type { InputOptions } from './options.ts';

/** Compiles as far as the inputs allow and collects what is to be said about them, analysis last. */
export async function collectChecks(options: InputOptions, narrator?: Narrator): Promise<Compiled> {
  const compiled = await collectInputs(options, narrator);
  const found: Diagnostic[] = [];
  const report: Report = (diagnostic) => void found.push(diagnostic);
  analyze(compiled.mappings, compiled.wanted, report);
  reportWritable(rulesFolder(options), compiled, report);
  return { ...compiled, diagnostics: [...compiled.diagnostics, ...found] };
}

/** Anyone who can write to the rules decides what becomes reachable. */
function reportWritable(folder: string, { sources }: Compiled, report: Report): void {
  const files = sources.filter(({ name }) => name.endsWith('.yaml'));
  const places = [
    { path: folder, at: null },
    ...files.map((source) => ({ path: source.name, at: startOf(source) })),
  ];
  for (const { path, at } of places) {
    if (!isOpenToAll(path)) continue;
    report({
      code: 'writable-rules',
      severity: 'warning',
      message: `everyone on this host can write to ${path}`,
      at,
      hint: `chmod o-w ${path}`,
    });
  }
}
