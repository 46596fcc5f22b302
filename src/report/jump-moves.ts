// Jumps of natmap's that a plan moves to the first place, with the reason.
import type { Family } from '../net/family.ts';
import type { JumpMove } from '../plan/goal.ts';

/** `the jump to natmap's chain goes first in nat POSTROUTING (ipv4): …` */
export function moveInWords({ table, chain, by, from }: JumpMove, family: Family): string {
  return `the jump to natmap's chain goes first in ${table} ${chain} (${family}): ${by} takes connections from ${from}`;
}
