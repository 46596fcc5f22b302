// The line of a payload that something failed with, and the entry that its rule comes from.
import type { StepFailure } from '../apply/load.ts';
import type { Place } from '../diagnostic/source.ts';
import type { Wanted } from '../iptables/wanted.ts';
import type { Family } from '../net/family.ts';
import { addedRule } from '../plan/payload.ts';
import type { RuleOrigin } from '../template/render.ts';

export interface Blame {
  /** 1-based. */
  readonly line: number;
  readonly text: string;
  /** Null for what no entry asked for, such as a jump. */
  readonly at: Place | null;
}

/** Null when no line was named. */
export function blame(
  { family, failure, payload }: StepFailure,
  wanted: readonly Wanted<RuleOrigin>[],
): Blame | null {
  const { line } = failure;
  const text = line === null ? undefined : payload.split('\n')[line - 1];
  if (line === null || text === undefined || family === null) return null;
  const rule = addedRule(text);
  return { line, text, at: rule === null ? null : originOf(family, rule, wanted) };
}

/** Where the rule was asked for, or null. */
export function originOf(
  family: Family,
  { chain, spec }: { readonly chain: string; readonly spec: string },
  wanted: readonly Wanted<RuleOrigin>[],
): Place | null {
  const chains = wanted.find((each) => each.family === family)?.chains ?? [];
  const rule = chains
    .filter(({ name }) => name === chain)
    .flatMap(({ rules }) => rules)
    .find((each) => each.spec === spec);
  return rule?.origin?.at ?? null;
}
