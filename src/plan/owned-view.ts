// The part of a rule set that going back needs: our chains, and the chains of others that our rules
// stand in, or may come to stand in, with all of their rules, which tell the places of natmap's.
import { isOwnedChain, isOwnedRule } from '../iptables/owned.ts';
import type { Chain, Ruleset } from '../iptables/ruleset.ts';
import { dockerUser, jumps } from '../iptables/wanted.ts';

export function ownedView(ruleset: Ruleset): Ruleset {
  const tables = ruleset.tables
    .map(({ name, chains }) => ({ name, chains: chains.filter((chain) => isOurs(name, chain)) }))
    .filter(({ chains }) => chains.length > 0);
  return { family: ruleset.family, tables };
}

function isOurs(table: string, { name, rules }: Chain): boolean {
  return (
    isOwnedChain(name) ||
    (table === dockerUser.table && name === dockerUser.from) ||
    jumps.some((jump) => jump.table === table && jump.chain === name) ||
    rules.some(({ spec }) => isOwnedRule(spec))
  );
}
