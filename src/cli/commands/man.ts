// natmap man, hidden: the man pages, for who makes a package.
import packageJson from '../../../package.json' with { type: 'json' };
import { type ExitCode, exitCode } from '../../app/exit.ts';
import type { CommandSpec } from '../commands.ts';
import { natmapPage } from '../man/natmap.ts';
import type { ManPage } from '../man/page.ts';
import { rulesPage } from '../man/rules.ts';

export function man(page: ManPage, specs: readonly CommandSpec[]): ExitCode {
  const { version } = packageJson;
  process.stdout.write(page === 'natmap.1' ? natmapPage(specs, version) : rulesPage(version));
  return exitCode.done;
}
