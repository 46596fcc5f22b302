// `-A CHAIN …` lines from outside, checked: rules for natmap's own chains, or nothing.
import type { Family } from '../net/family.ts';
import { canonicalRule } from './canonical.ts';
import { chainProblem, isOwnedChain, ruleFacts } from './owned.ts';
import type { WantedChain, WantedRule } from './wanted.ts';
import { longestSpec } from './words.ts';

export interface AppendedRule {
  readonly chain: string;
  readonly spec: string;
  readonly verbatim: boolean;
}

/** The rules that the words behind `-A` make, in canonical form, or why they may not stand. */
export function readAppend(
  words: readonly string[],
  family: Family,
): readonly AppendedRule[] | string {
  const [chain, ...rule] = words;
  if (chain === undefined) return 'the chain is missing';
  const problem = chainProblem(chain);
  if (problem !== null) return problem;
  const canonical = canonicalRule(rule, family, (name) => chainProblem(name) === null);
  if (canonical.kind === 'bad') return canonical.problem;
  const verbatim = canonical.kind === 'verbatim';
  const specs = canonical.kind === 'verbatim' ? [canonical.spec] : canonical.specs;
  // Quotes in canonical form can make the line longer than the one given, and one that is too long
  // would be read as two, of which the second may be anything.
  return specs.some((spec) => Buffer.byteLength(spec) > longestSpec)
    ? `as iptables-save prints it, the rule is longer than ${longestSpec} bytes`
    : specs.map((spec) => ({ chain, spec, verbatim }));
}

/** A rule that leads to a chain of natmap's which is not among those wanted. */
export interface DanglingJump<O> {
  readonly table: string;
  readonly target: string;
  readonly rule: WantedRule<O>;
}

export function danglingJumps<O>(chains: readonly WantedChain<O>[]): DanglingJump<O>[] {
  const existing = new Set(chains.map(({ table, name }) => `${table} ${name}`));
  return chains.flatMap(({ table, rules }) =>
    rules.flatMap((rule) => {
      if (!/(?:^| )-[jg] "?NATMAP/.test(rule.spec)) return [];
      return ruleFacts(rule.spec)
        .jumps.filter((target) => isOwnedChain(target) && !existing.has(`${table} ${target}`))
        .map((target) => ({ table, target, rule }));
    }),
  );
}
