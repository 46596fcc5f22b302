// Rules of others that a payload could take for natmap's: it deletes by number where the text of a rule
// does not tell it (iptables/deletable.ts), and a rule that was inserted since has moved the numbers.
import { isOwnedChain } from '../iptables/owned.ts';
import { findChain, findTable, type Ruleset } from '../iptables/ruleset.ts';
import type { Plan } from '../plan/plan.ts';

/** A chain of others in which a plan deletes by number. */
export interface NumberedChain {
  readonly table: string;
  readonly chain: string;
}

/** Most plans have none. */
export function numberedChains({ edits }: Pick<Plan, 'edits'>): readonly NumberedChain[] {
  return edits.flatMap(({ table, operations }) =>
    operations
      .filter(({ kind, chain }) => kind === 'delete-at' && !isOwnedChain(chain))
      .map(({ chain }) => ({ table, chain })),
  );
}

/** Why the numbers of a plan may be those of other rules by now, or null. */
export function staleNumbers(
  chains: readonly NumberedChain[],
  before: Ruleset,
  live: Ruleset,
): string | null {
  const changed = chains.find((each) => rulesOf(live, each) !== rulesOf(before, each));
  return changed === undefined
    ? null
    : `chain ${changed.chain} of table ${changed.table} changed since it was read, and natmap deletes a rule there by its number`;
}

function rulesOf(ruleset: Ruleset, { table, chain }: NumberedChain): string {
  const rules = findChain(findTable(ruleset, table), chain)?.rules ?? [];
  return rules.map(({ spec }) => spec).join('\n');
}
