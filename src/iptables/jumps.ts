// Which chains of a table lead to which.
import { ruleFacts } from './owned.ts';
import type { Table } from './ruleset.ts';

/** By chain, the chains that its rules lead to. */
export type Jumps = ReadonlyMap<string, ReadonlySet<string>>;

export function tableJumps({ chains }: Table): Jumps {
  const names = new Set(chains.map(({ name }) => name));
  return new Map(
    chains.map(({ name, rules }) => {
      const targets = rules.map(({ spec }) => jumpOf(spec, names)).filter((to) => to !== null);
      return [name, new Set(targets)];
    }),
  );
}

/** The chain, one of these, that the rule leads to. */
export function jumpOf(spec: string, chains: ReadonlySet<string>): string | null {
  // Nearly every rule ends in a target that is no chain, and 40,000 of them are not taken apart.
  if (![...spec.matchAll(/-[jg] ?([^ ]+)/g)].some(([, name = '']) => chains.has(name))) return null;
  return ruleFacts(spec).jumps.find((name) => chains.has(name)) ?? null;
}

/** The same jumps, from where they lead to where they come from. */
export function reversed(jumps: Jumps): Jumps {
  const result = new Map<string, Set<string>>();
  for (const [from, targets] of jumps) {
    for (const to of targets) result.set(to, (result.get(to) ?? new Set<string>()).add(from));
  }
  return result;
}

/** These chains, and all that they lead to, by however many jumps. */
export function reachable(chains: Iterable<string>, jumps: Jumps): ReadonlySet<string> {
  const reached = new Set(chains);
  for (const name of reached) {
    for (const target of jumps.get(name) ?? []) reached.add(target);
  }
  return reached;
}
