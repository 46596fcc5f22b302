// Rules that natmap owns by name only: contract, section 2. An administrator may have a chain NATMAP-LOG, or a
// rule with the comment "natmap: see the wiki", and what natmap did not make it removes only when asked to.
import { isOwnedChain, ruleFacts } from '../iptables/owned.ts';
import { ruleLine } from '../iptables/print.ts';
import { type Chain, findChain, findTable, type Rule } from '../iptables/ruleset.ts';
import type { Plan } from './plan.ts';

/** Whether natmap's record has a chain of this name, with whatever rules a template of the user's gave it. */
export type IsOnRecord = (table: string, chain: string) => boolean;

/**
 * The rules that the plan removes, or moves to another chain, and that natmap cannot have made, as lines
 * `TABLE -A CHAIN …`. In a chain of natmap's they are those of a chain that shows no sign of natmap; a single
 * rule between natmap's own is drift. In other chains they are those with a comment of no kind of natmap's.
 */
export function rulesToTakeOver(
  { before, after }: Plan,
  isOnRecord: IsOnRecord,
): readonly string[] {
  return before.tables.flatMap((table) =>
    table.chains.flatMap((chain) => {
      const foreign = foreignRules(chain, () => isOnRecord(table.name, chain.name));
      const kept = findChain(findTable(after, table.name), chain.name)?.rules ?? [];
      return without(foreign, kept).map((spec) => `${table.name} ${ruleLine(chain.name, spec)}`);
    }),
  );
}

function foreignRules({ name, rules }: Chain, isKnown: () => boolean): readonly Rule[] {
  if (isOwnedChain(name)) return rules.some(isSign) || isKnown() ? [] : rules;
  return rules.filter((rule) => bearsName(rule) && !isSign(rule));
}

/** What is left of the texts of `rules` once those that stay are taken out, copy by copy. */
function without(rules: readonly Rule[], kept: readonly Rule[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const { spec } of kept) counts.set(spec, (counts.get(spec) ?? 0) + 1);
  return rules.flatMap(({ spec }) => {
    const count = counts.get(spec) ?? 0;
    counts.set(spec, count - 1);
    return count > 0 ? [] : [spec];
  });
}

function bearsName({ spec }: Rule): boolean {
  return spec.includes('natmap:') && ruleFacts(spec).comments.some((each) => /^natmap:/.test(each));
}

/** Whether natmap, or the daemon before it, makes such rules. */
function isSign({ spec }: Rule): boolean {
  if (!spec.includes('NATMAP') && !spec.includes('natmap:')) return false;
  const { jumps, comments } = ruleFacts(spec);
  return jumps.some(isOwnedChain) || comments.some((comment) => kind.test(comment));
}

/**
 * The kinds of natmap's comments. The daemon used the first four, always with what the rule is for, and its
 * hosts hold rules with `natmap:old` too.
 */
const kind =
  /^natmap:(?:(?:dnat|snat|hairpin|docker|masquerade|exempt):.|old(?::|$)|(?:replies|translated|restrictions|mark|dispatch)$)/;
