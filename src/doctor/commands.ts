// The commands that several checks name.
import type { Backend } from '../iptables/ruleset.ts';
import type { Family } from '../net/family.ts';
import { commandLine } from './command.ts';
import type { Facts } from './facts.ts';

/** `natmap apply` with the inputs of this call. */
export function applyLine({ intent }: Facts): string {
  const { apply, backend } = intent.commands;
  return commandLine(...apply, ...backend);
}

/** `iptables …` of the family and the backend of this call. */
export function iptablesLine({ intent }: Facts, family: Family, ...words: string[]): string {
  return commandLine(intent.commands.iptables[family], ...words);
}

export function otherBackend({ intent }: Facts, family: Family): Backend {
  return intent.backends[family] === 'nft' ? 'legacy' : 'nft';
}
