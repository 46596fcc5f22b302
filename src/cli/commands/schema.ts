// natmap schema: the JSON Schema of rules.d files.

import { type ExitCode, exitCode } from '../../app/exit.ts';
import { rulesSchema } from '../../config/schema.ts';

export function schema(): ExitCode {
  process.stdout.write(`${JSON.stringify(rulesSchema(), null, 2)}\n`);
  return exitCode.done;
}
