// What JSON and Markdown tell of a diff: everything, whatever its form.
import type { ReachabilityDiff } from '../analysis/reachability-diff.ts';
import type { JumpMove } from '../plan/goal.ts';
import type { ChangedLine } from './changed-lines.ts';
import type { FindSource } from './origin.ts';
import type { FamilyDiff } from './unified.ts';

export interface DiffReport {
  readonly families: readonly FamilyReport[];
  /** Names these plans and no others, see planDigest. */
  readonly digest: string;
}

export interface FamilyReport {
  readonly diff: FamilyDiff;
  readonly lines: readonly ChangedLine[];
  readonly moves: readonly JumpMove[];
  readonly reach: ReachabilityDiff;
  readonly sourceOf: FindSource;
}
