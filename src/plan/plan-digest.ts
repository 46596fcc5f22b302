// A name for what plans do to a host: anyone who reviewed them can ask for exactly these.
import { createHash } from 'node:crypto';
import { comparableLines } from '../iptables/print.ts';
import { ownedLines } from './owned-part.ts';
import type { Plan } from './plan.ts';

/**
 * `sha256:` and the hash of each family's part of natmap's before and after, and of every rule that is
 * added: the jump to DOCKER-USER is not ours. What others do on the host in the meantime, counters
 * and the backend of iptables change nothing in it.
 *
 * @param plans in the order of their families
 */
export function planDigest(plans: readonly Plan[]): string {
  const hash = createHash('sha256').update('natmap.plan/v1\n');
  for (const plan of plans) {
    const { before, after } = plan;
    const parts = [before.family, ownedLines(before), ownedLines(after), addedRules(plan)];
    // As JSON no two lists of lines look alike, whatever stands in them.
    hash.update(`${JSON.stringify(parts)}\n`);
  }
  return `sha256:${hash.digest('hex')}`;
}

function addedRules({ before, after }: Plan): string[] {
  const had = new Set(comparableLines(before));
  return comparableLines(after).filter((line) => line.startsWith('-A ') && !had.has(line));
}
