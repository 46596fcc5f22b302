/** Reads what `natmap diff` prints, and does to a text what it says. */
import { applyPatch, parsePatch } from 'diff';
import type { Saved } from './iptables.ts';
import type { Family } from './kernel.ts';

/** The last line: `ipv4: 3 rules added, 1 removed; ipv6: no changes`. */
export function summary(stdout: string): string {
  return stdout.trimEnd().split('\n').at(-1) ?? '';
}

/** These lines after the hunks of their family; a hunk that does not fit exactly is an error. */
export function patched(lines: readonly string[], stdout: string, family: Family): string[] {
  const hunks = stdout.slice(0, stdout.trimEnd().lastIndexOf('\n') + 1);
  const patches = parsePatch(hunks).filter((patch) => patch.oldFileName === `${family} live`);
  const text = patches.reduce<string | false>(
    (before, patch) => before !== false && applyPatch(before, patch, { fuzzFactor: 0 }),
    lines.map((line) => `${line}\n`).join(''),
  );
  if (text === false) throw new Error(`the hunks do not fit the live ${family} ruleset:\n${hunks}`);
  return text.split('\n').filter((line) => line !== '');
}

/** {@link patched}, both families. */
export function patchedBoth(before: Saved, stdout: string): Saved {
  return {
    ipv4: patched(before.ipv4, stdout, 'ipv4'),
    ipv6: patched(before.ipv6, stdout, 'ipv6'),
  };
}
