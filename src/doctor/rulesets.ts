// Whose rules a rule set holds.
import { isOwnedChain, isOwnedRule } from '../iptables/owned.ts';
import type { Ruleset } from '../iptables/ruleset.ts';
import { dockerUser } from '../iptables/wanted.ts';

/** Whether something of natmap's is in it. */
export function holdsOurs({ tables }: Ruleset): boolean {
  return tables.some(({ chains }) =>
    chains.some(
      ({ name, rules }) => isOwnedChain(name) || rules.some(({ spec }) => isOwnedRule(spec)),
    ),
  );
}

/**
 * Whether a chain is Docker's. Their names change from release to release, but all begin alike;
 * DOCKER-USER is the administrator's, and may have been made by natmap.
 */
function isDockersChain(name: string): boolean {
  return (name === 'DOCKER' || name.startsWith('DOCKER-')) && name !== dockerUser.chain;
}

export function holdsDockers({ tables }: Ruleset): boolean {
  return tables.some(({ chains }) => chains.some(({ name }) => isDockersChain(name)));
}

/**
 * The rules that are not natmap's. The jump to DOCKER-USER does nothing by itself, and a flush of natmap's
 * leaves it.
 */
export function countForeign({ tables }: Ruleset): number {
  return tables
    .flatMap(({ chains }) => chains)
    .filter(({ name }) => !isOwnedChain(name))
    .reduce((sum, { rules }) => sum + rules.filter(({ spec }) => isForeign(spec)).length, 0);
}

function isForeign(spec: string): boolean {
  return !isOwnedRule(spec) && spec !== `-j ${dockerUser.chain}`;
}

/** The built-in chains that drop what no rule decides on. */
export function countDropPolicies({ tables }: Ruleset): number {
  return tables.flatMap(({ chains }) => chains).filter(({ policy }) => policy === 'DROP').length;
}
