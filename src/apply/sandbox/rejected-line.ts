// Which rule of a payload the kernel refuses, where iptables does not say it: legacy names COMMIT for
// everything that the kernel finds, and nft may name a jump where the rule that it leads to is at fault.
import { isOwnedChain, ruleFacts } from '../../iptables/owned.ts';
import { addedRule } from '../../plan/payload.ts';
import type { Load } from './load-in-sandbox.ts';

/**
 * The line of the first rule that its block is loaded without, when none of those after it is there
 * either; found in log2(rules) loads.
 *
 * @param named the line that iptables named
 * @returns `named` when that is the rule itself, or when no rule is to blame
 */
export async function findRejectedLine(
  payload: string,
  named: number,
  load: Load,
): Promise<number> {
  const lines = payload.split('\n');
  if (isRuleItself(lines[named - 1] ?? '')) return named;
  const start = lines.findLastIndex((line, at) => at < named && line.startsWith('*'));
  const end = lines.findIndex((line, at) => at >= named - 1 && line === 'COMMIT');
  const block = lines.slice(start, end + 1);
  const added = [...block.keys()].filter((at) => addedRule(block[at] ?? '') !== null);
  const isLoaded = async (count: number) => {
    const withheld = new Set(added.slice(count));
    const part = block.filter((_, at) => !withheld.has(at)).map((line) => `${line}\n`);
    return (await load(part.join(''), [])).kind === 'loaded';
  };
  const passing = (await isLoaded(0)) ? await lastPassing(added.length, isLoaded) : null;
  const found = passing === null ? undefined : added[passing];
  return found === undefined ? named : start + found + 1;
}

function isRuleItself(line: string): boolean {
  const rule = addedRule(line);
  return rule !== null && !ruleFacts(rule.spec).jumps.some(isOwnedChain);
}

/** The largest number that passes, where 0 does and `failing` does not. */
async function lastPassing(
  failing: number,
  passes: (count: number) => Promise<boolean>,
): Promise<number> {
  let [low, high] = [0, failing];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (await passes(middle)) low = middle;
    else high = middle;
  }
  return low;
}
