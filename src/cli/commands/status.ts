// natmap status: is the live state the wanted one, and what has each mapping counted?

import { createConsole } from '../../app/console.ts';
import { type ExitCode, exitCode } from '../../app/exit.ts';
import type { InputOptions, LiveOptions } from '../../app/options.ts';
import { planApply } from '../../app/planning.ts';
import { formatStatus, statusJson, summarizeStatus } from '../../report/status.ts';
import { statusOf } from '../../status/status.ts';

export interface StatusOptions extends InputOptions, LiveOptions {
  readonly json?: true;
}

/** Lines of each list under the table without `-v`. */
const listed = 10;

export async function status(options: StatusOptions): Promise<ExitCode> {
  const console = createConsole(options);
  const { mappings, wanted, plans } = await planApply(options, console);
  const families = plans.flatMap((plan) => {
    const own = wanted.find(({ family }) => family === plan.before.family);
    return own === undefined ? [] : [statusOf(mappings, own, plan)];
  });
  if (options.json) {
    console.out(statusJson(families));
  } else if (!options.quiet) {
    const { outWidth: width, outStyle: style } = console;
    const layout = { width, style, listed: options.verbose ? Number.POSITIVE_INFINITY : listed };
    console.out(`${formatStatus(families, layout)}${summarizeStatus(families)}\n`);
  }
  return families.every(({ isInSync }) => isInSync) ? exitCode.done : exitCode.differs;
}
