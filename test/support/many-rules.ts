/** What real iptables makes of many rules: one restore for all, so that thousands take seconds. */
import { chain, saved } from './iptables.ts';
import type { Family, Variant } from './kernel.ts';
import type { Namespace } from './namespace.ts';
import { block, restoreWithMessage } from './restore.ts';
import { neighbours } from './spelled-rules.ts';

/** Where rules are loaded. */
export interface Place {
  readonly ns: Namespace;
  readonly variant: Variant;
  readonly family: Family;
  readonly table: string;
}

/** What became of the rules: a rule is refused by itself, and the rest is taken. */
export interface Verdict {
  /** What iptables said, by the index of the rule. */
  readonly refused: ReadonlyMap<number, string>;
  /** How iptables-save prints the others, without `-A CHAIN`. */
  readonly printed: readonly string[];
}

/** Loads the rules (what stands behind `-A CHAIN`) in one chain and prints it. */
export async function loadRules(place: Place, rules: readonly string[]): Promise<Verdict> {
  const refused = new Map<number, string>();
  await findRefused(place, [...rules.entries()], refused);
  const taken = rules.filter((_, index) => !refused.has(index));
  await tryRules(place, taken);
  const lines = chain(await saved(place.ns, place.variant, place.family), place.table, name);
  return { refused, printed: lines.map((line) => line.slice(`-A ${name} `.length)) };
}

/** Loads rules of which none may be refused, and prints them. */
export async function mustLoadRules(
  place: Place,
  rules: readonly string[],
): Promise<readonly string[]> {
  const { refused, printed } = await loadRules(place, rules);
  for (const [index, message] of refused) throw new Error(`${message}: ${rules[index]}`);
  return printed;
}

const name = 'NATMAP-RULES';

/** The line of the first rule, as iptables-restore counts. */
const firstLine = 2 + 1 + neighbours.length;

type Indexed = readonly [index: number, rule: string];

async function findRefused(
  place: Place,
  rules: readonly Indexed[],
  refused: Map<number, string>,
): Promise<void> {
  if (rules.length === 0) return;
  const { code, line, message } = await tryRules(
    place,
    rules.map(([, rule]) => rule),
  );
  if (code === 0) return;
  // A mistake of spelling is reported with its line; what only the kernel refuses is not always.
  const named = rules.length === 1 ? rules[0] : rules[(line ?? 0) - firstLine];
  if (named === undefined) {
    const half = Math.ceil(rules.length / 2);
    await findRefused(place, rules.slice(0, half), refused);
    await findRefused(place, rules.slice(half), refused);
    return;
  }
  refused.set(named[0], message);
  await findRefused(
    place,
    rules.filter((rule) => rule !== named),
    refused,
  );
}

function tryRules({ ns, variant, family, table }: Place, rules: readonly string[]) {
  const headers = [name, ...neighbours].map((chainName) => `:${chainName} - [0:0]`);
  const lines = rules.map((rule) => `-A ${name} ${rule}`.trimEnd());
  return restoreWithMessage(ns, variant, family, block(table, ...headers, ...lines));
}
