// natmap schema: the JSON Schema of rules.d files.
import { rulesSchema } from '../../config/schema.ts';
import { type ExitCode, exitCode } from '../exit.ts';

export function schema(): ExitCode {
  process.stdout.write(`${JSON.stringify(rulesSchema(), null, 2)}\n`);
  return exitCode.done;
}
