// A saved plan, and the one made again on what is live now: the same, or in what they differ.
import { ownedLines } from './owned-part.ts';
import type { Plan } from './plan.ts';
import { payloadOf, type SavedFamily } from './saved.ts';

export interface PlanChange {
  readonly kind: /** Our part of the live rules is another. */
    | 'live'
    /** Our part is there already. */
    | 'live-reached'
    /** The same step would take other edits now: others have changed what they touch. */
    | 'edits';
  /** Lines when it was planned, and now. */
  readonly planned: readonly string[];
  readonly now: readonly string[];
}

/** @returns null when `plan`, which leads to the same goal, is what was saved */
export function changeSince(saved: SavedFamily, { before, edits }: Plan): PlanChange | null {
  const live = ownedLines(before);
  if (!sameLines(saved.live, live)) {
    const kind = edits.length === 0 ? 'live-reached' : 'live';
    return { kind, planned: saved.live, now: live };
  }
  const payload = payloadOf(before, saved.goal, saved.backend);
  return sameLines(saved.payload.map(withoutPlace), payload.map(withoutPlace))
    ? null
    : { kind: 'edits', planned: saved.payload, now: payload };
}

/** The number at which a jump goes in among the rules of others: each of them that comes or goes moves it. */
function withoutPlace(line: string): string {
  return line.replace(/^-I (?!NATMAP(?:-|\s))(\S+) \d+ -j NATMAP/, '-I $1 -j NATMAP');
}

function sameLines(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((line, index) => line === b[index]);
}
