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
export function isDockersChain(name: string): boolean {
  return (name === 'DOCKER' || name.startsWith('DOCKER-')) && name !== dockerUser.chain;
}

export function holdsDockers({ tables }: Ruleset): boolean {
  return tables.some(({ chains }) => chains.some(({ name }) => isDockersChain(name)));
}

/**
 * The rules that are not natmap's, and the policies that refuse packets. The jump to DOCKER-USER does
 * nothing by itself, and a flush of natmap's leaves it.
 */
export function countForeign({ tables }: Ruleset): number {
  return tables
    .flatMap(({ chains }) => chains)
    .filter(({ name }) => !isOwnedChain(name))
    .reduce((sum, { policy, rules }) => {
      const foreign = rules.filter(
        ({ spec }) => !isOwnedRule(spec) && spec !== toDockerUser,
      ).length;
      return sum + foreign + (policy === 'DROP' ? 1 : 0);
    }, 0);
}

const toDockerUser = `-j ${dockerUser.chain}`;
