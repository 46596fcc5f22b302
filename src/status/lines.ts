// Rules and chains as lines that can be counted: `nat -A CHAIN …` and `nat :CHAIN`.
import { ruleLine } from '../iptables/print.ts';
import type { Ruleset } from '../iptables/ruleset.ts';

export function tableLine(table: string, chain: string, spec: string): string {
  return `${table} ${ruleLine(chain, spec)}`;
}

export interface DifferingLines {
  /** Lines of `after` that are not in `before`, or not as often. */
  readonly missing: readonly string[];
  /** Lines of `before` that are not in `after`, or not as often. */
  readonly extra: readonly string[];
}

/** Compares without regard to the order of rules. */
export function differingLines(before: Ruleset, after: Ruleset): DifferingLines {
  const [live, wanted] = [linesOf(before), linesOf(after)];
  return { missing: without(wanted, live), extra: without(live, wanted) };
}

/** Built-in chains are always there, and whose policy they have is nobody's change here. */
function linesOf({ tables }: Ruleset): string[] {
  return tables.flatMap(({ name: table, chains }) =>
    chains.flatMap(({ name, policy, rules }) => [
      ...(policy === '-' ? [`${table} :${name}`] : []),
      ...rules.map(({ spec }) => tableLine(table, name, spec)),
    ]),
  );
}

function without(lines: readonly string[], others: readonly string[]): string[] {
  const left = new Map<string, number>();
  for (const line of others) left.set(line, (left.get(line) ?? 0) + 1);
  return lines.filter((line) => {
    const count = left.get(line) ?? 0;
    left.set(line, count - 1);
    return count <= 0;
  });
}
