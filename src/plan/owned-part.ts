// Our part of a rule set, as lines that can be compared: what others do beside it does not count.
import { isOwnedChain, isOwnedRule } from '../iptables/owned.ts';
import { ruleLine } from '../iptables/print.ts';
import { type Chain, compareChains, type Ruleset } from '../iptables/ruleset.ts';

export function ownedLines(ruleset: Ruleset): string[] {
  return [...ruleset.tables]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap(({ name, chains }) => {
      const compare = compareChains(name);
      // Before 1.8.7 the order is that in which they were made, which a revert does not bring back.
      return [...chains]
        .sort((a, b) => compare(a.name, b.name))
        .flatMap(ownedOf)
        .map((line) => `${name} ${line}`);
    });
}

function ownedOf({ name, rules }: Chain): string[] {
  if (isOwnedChain(name)) return [`:${name}`, ...rules.map(({ spec }) => ruleLine(name, spec))];
  return rules.filter(({ spec }) => isOwnedRule(spec)).map(({ spec }) => ruleLine(name, spec));
}
