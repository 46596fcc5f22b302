// What natmap owns on a host: contract, section 2.
import { longestChainName } from './ruleset.ts';
import { savedWords } from './saved-words.ts';

/** Chains named NATMAP or NATMAP-*, in any table. */
export function isOwnedChain(name: string): boolean {
  return name === 'NATMAP' || name.startsWith('NATMAP-');
}

/** Why a template may not add rules to `chain`, or null when it may. */
export function chainProblem(chain: string): string | null {
  if (!isOwnedChain(chain)) return `chain ${chain} is not natmap's: only NATMAP and NATMAP-* are`;
  if (!/^[A-Za-z0-9_-]+$/.test(chain))
    return `chain name ${chain} has characters other than A-Z a-z 0-9 _ -`;
  if (chain.length > longestChainName)
    return `chain name ${chain} is longer than ${longestChainName} bytes`;
  return null;
}

/**
 * Whether natmap owns a rule that stands in a chain of somebody else's: it leads to one of our
 * chains, or the daemon left it there.
 */
export function isOwnedRule(spec: string): boolean {
  if (!spec.includes('NATMAP') && !spec.includes('natmap:')) return false;
  const { jumps, comments } = ruleFacts(spec);
  return jumps.some(isOwnedChain) || comments.some((comment) => comment.startsWith('natmap:'));
}

/** Where a rule in canonical form leads to, and its comments. */
export function ruleFacts(spec: string): { jumps: readonly string[]; comments: readonly string[] } {
  const words = savedWords(spec);
  const jumps: string[] = [];
  const comments: string[] = [];
  for (let index = 0; index + 1 < words.length; index++) {
    const value = words[index + 1] ?? '';
    const word = words[index];
    if (word === '-j' || word === '-g') jumps.push(value);
    else if (word === '--comment') comments.push(value);
    else continue;
    index++;
  }
  return { jumps, comments };
}
