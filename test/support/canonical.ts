/** What real iptables makes of many rules: one restore for all, so that thousands take seconds. */
import { chain, saved } from './iptables.ts';
import type { Family, Variant } from './kernel.ts';
import type { Namespace } from './namespace.ts';
import { block, restore } from './restore.ts';
import { neighbours } from './spelled-rules.ts';

/** Where rules are loaded. */
export interface Place {
  readonly ns: Namespace;
  readonly variant: Variant;
  readonly family: Family;
  readonly table: string;
}

const name = 'NATMAP-RULES';

/** How iptables-save prints the rules, without `-A CHAIN`, or null when they are refused. */
export async function printedByKernel(
  place: Place,
  rules: readonly string[],
): Promise<string[] | null> {
  const { code } = await loadRules(place, rules);
  if (code !== 0) return null;
  const { ns, variant, family, table } = place;
  const found = chain(await saved(ns, variant, family), table, name);
  return found.map((line) => line.slice(`-A ${name} `.length));
}

/** The rules that are refused, each by itself. */
export async function refusedByKernel<T>(
  place: Place,
  rules: readonly T[],
  text: (rule: T) => string,
): Promise<T[]> {
  if (rules.length === 0) return [];
  const { code, line } = await loadRules(place, rules.map(text));
  if (code === 0) return [];
  if (rules.length === 1) return [...rules];
  // A mistake of spelling is told with its line; what only the kernel refuses is not always.
  const named = line === null ? undefined : rules[line - firstLine];
  const split = named === undefined ? Math.ceil(rules.length / 2) : 0;
  if (split === 0) {
    const others = rules.filter((rule) => rule !== named);
    const refused = new Set([named, ...(await refusedByKernel(place, others, text))]);
    return rules.filter((rule) => refused.has(rule));
  }
  return [
    ...(await refusedByKernel(place, rules.slice(0, split), text)),
    ...(await refusedByKernel(place, rules.slice(split), text)),
  ];
}

/** The line of the first rule, as iptables-restore counts. */
const firstLine = 2 + 1 + neighbours.length;

function loadRules({ ns, variant, family, table }: Place, rules: readonly string[]) {
  const headers = [name, ...neighbours].map((chainName) => `:${chainName} - [0:0]`);
  const lines = rules.map((rule) => `-A ${name} ${rule}`);
  return restore(ns, variant, family, block(table, ...headers, ...lines));
}
