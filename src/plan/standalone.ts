// What is wanted as a text of its own: the state after an apply on empty tables.
import { isOwnedChain } from '../iptables/owned.ts';
import { ruleLine } from '../iptables/print.ts';
import type { Backend, Ruleset } from '../iptables/ruleset.ts';
import { dockerUser, type Wanted } from '../iptables/wanted.ts';
import { applyGoal } from './goal.ts';
import { makePlan } from './plan.ts';

const backend: Backend = 'nft';

/**
 * iptables-save text that iptables-restore takes. Built-in chains have no header in it: one would
 * set their policy, even with `--noflush`, and no policy is natmap's to set.
 */
export function printWanted(wanted: Wanted): string {
  const empty: Ruleset = { family: wanted.family, tables: [] };
  const { tables } = makePlan(empty, applyGoal(wanted), backend).after;
  const lines = tables.flatMap(({ name, chains }) => [
    `*${name}`,
    ...chains
      .filter((chain) => isOwnedChain(chain.name) || chain.name === dockerUser.chain)
      .map((chain) => `:${chain.name} - [0:0]`),
    ...chains.flatMap((chain) => chain.rules.map(({ spec }) => ruleLine(chain.name, spec))),
    'COMMIT',
  ]);
  return lines.map((line) => `${line}\n`).join('');
}
