// natmap completion: what a shell reads to complete natmap's command line.

import { type ExitCode, exitCode } from '../../app/exit.ts';
import type { CommandSpec } from '../commands.ts';
import { bashCompletion } from '../completion/bash.ts';
import { fishCompletion } from '../completion/fish.ts';
import type { Shell } from '../completion/shell.ts';
import { completedCommands } from '../completion/words.ts';
import { zshCompletion } from '../completion/zsh.ts';

const printers = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion };

export function completion(shell: Shell, specs: readonly CommandSpec[]): ExitCode {
  process.stdout.write(printers[shell](completedCommands(specs)));
  return exitCode.done;
}
