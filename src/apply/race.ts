// Another writer between the reading of the live rules and the loading of a payload for them.
import type { Iptables } from '../host/iptables.ts';
import { ruleLine } from '../iptables/print.ts';
import { printedLike } from '../iptables/printer.ts';
import { findTable, type Ruleset, type Table } from '../iptables/ruleset.ts';
import type { Plan } from '../plan/plan.ts';
import { readLive, type StepFailure } from './load.ts';

/**
 * The live rules, if another writer changed them under a payload that was then refused: the plan was
 * made for other rules, and is worth making again.
 */
export async function livesAfterRace(
  { step, failure }: StepFailure,
  plans: readonly Plan[],
  iptables: Iptables,
): Promise<readonly Ruleset[] | null> {
  if (step !== 'load' || failure.reason !== 'refused') return null;
  const lives: Ruleset[] = [];
  for (const { before } of plans) {
    const live = await readLive(iptables, before.family);
    if (!live.ok) return null;
    lives.push(printedLike(live.ruleset, before));
  }
  return plans.some((plan, at) => isForeign(lives[at], plan)) ? lives : null;
}

/** Whether some table is neither as it was nor as we would have made it. */
function isForeign(live: Ruleset | undefined, { before, after }: Plan): boolean {
  return (live?.tables ?? []).some((table) => {
    const content = contentOf(table);
    return [before, after].every((state) => contentOf(findTable(state, table.name)) !== content);
  });
}

/** Chains and rules; a table that does not exist is like an empty one, which a mere look can make. */
function contentOf(table: Table | undefined): string {
  const chains = (table?.chains ?? []).filter(
    ({ policy, rules }) => policy === '-' || rules.length > 0,
  );
  return chains
    .flatMap(({ name, rules }) => [name, ...rules.map(({ spec }) => ruleLine(name, spec))])
    .join('\n');
}
