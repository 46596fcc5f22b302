// Hosts with an iptables that natmap does not support.
import { isAtLeast, oldestVersion } from '../iptables/printer.ts';
import type { Ruleset } from '../iptables/ruleset.ts';
import { programNames } from '../net/family.ts';
import type { Console } from './console.ts';
import { exitCode, Stop } from './exit.ts';

/** Warns of it: what an apply there would do differs from what is shown. */
export function warnOfOld(live: Ruleset, console: Console): void {
  const problem = problemOf(live);
  if (problem !== null) console.say(`warning: ${live.family}: ${problem}`);
}

/** @throws Stop where nothing may be applied */
export function rejectOld(live: Ruleset): void {
  const problem = problemOf(live);
  if (problem === null) return;
  const hint = `install iptables ${oldestVersion} or later; natmap flush still removes what an earlier natmap left`;
  throw new Stop(exitCode.badInput, `${live.family}: ${problem}`, hint);
}

function problemOf({ family, printer }: Ruleset): string | null {
  if (printer === undefined || isAtLeast(printer.version, oldestVersion)) return null;
  return `${programNames[family]} ${printer.version} is older than ${oldestVersion}, the oldest that natmap supports`;
}
