// Long chains as trees: a packet passes a few rules in place of thousands (contract, "Cost to packets").
import type { Wanted, WantedChain } from '../iptables/wanted.ts';
import { growSegments } from './segment.ts';

/** Rules of a chain up to which it stays a list. */
const longestList = 64;

/** The same rules, with a tree in place of each long chain. */
export function dispatchWanted<O>(wanted: Wanted<O>): Wanted<O | null> {
  const { family, chains } = wanted;
  const taken = new Set(chains.map(({ table, name }) => `${table} ${name}`));
  return {
    ...wanted,
    chains: chains.flatMap((chain): readonly WantedChain<O | null>[] => {
      if (chain.rules.length <= longestList) return [chain];
      const tree = growSegments(chain, family);
      // A user's template may have a chain of such a name: then there is no tree.
      if (tree.chains.some(({ name }) => taken.has(`${chain.table} ${name}`))) return [chain];
      return [
        { ...chain, rules: tree.rules },
        ...tree.chains.map((each) => ({ ...each, table: chain.table, partOf: chain.name })),
      ];
    }),
  };
}
