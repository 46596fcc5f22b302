// natmap render: what is wanted, as iptables-save text.

import { createConsole } from '../../app/console.ts';
import { desiredRules } from '../../app/desired.ts';
import { type ExitCode, exitCode } from '../../app/exit.ts';
import { compileInputs } from '../../app/inputs.ts';
import type { HostOptions, InputOptions } from '../../app/options.ts';
import { writeAtomically } from '../../host/write.ts';
import { fileEndings } from '../../net/family.ts';
import { printWanted } from '../../plan/standalone.ts';

export interface RenderOptions extends InputOptions, HostOptions {
  readonly output?: string;
}

export async function render(options: RenderOptions): Promise<ExitCode> {
  const console = createConsole(options);
  const { wanted: compiled } = await compileInputs(options, console);
  const wanted = await desiredRules(compiled, options, console);
  for (const each of wanted) {
    const text = printWanted(each);
    if (options.output === undefined) {
      console.out(wanted.length > 1 ? `# ${each.family}\n${text}` : text);
    } else {
      console.note(
        `wrote ${writeAtomically(options.output, `rules.${fileEndings[each.family]}`, text)}`,
      );
    }
  }
  return exitCode.done;
}
