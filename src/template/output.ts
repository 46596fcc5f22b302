// What templates print, checked: rules for natmap's own chains, in canonical form, and nothing else.

import { type Canonical, canonicalRule } from '../iptables/canonical.ts';
import { chainProblem } from '../iptables/owned.ts';
import type { WantedTable } from '../iptables/wanted.ts';
import { longestSpec, splitWords } from '../iptables/words.ts';
import type { Family } from '../net/family.ts';

export interface PrintedRule {
  readonly table: WantedTable;
  readonly chain: string;
  readonly spec: string;
  readonly verbatim: boolean;
}

export interface PrintedProblem {
  readonly line: string;
  readonly problem: string;
}

/**
 * Reads the output of one rendering: `*nat` and `*filter` say where the `-A CHAIN …` lines below
 * them belong; `#` lines, COMMIT and empty lines carry nothing.
 */
export function readOutput(
  text: string,
  family: Family,
): { rules: PrintedRule[]; problems: PrintedProblem[] } {
  const rules: PrintedRule[] = [];
  const problems: PrintedProblem[] = [];
  let table: WantedTable | null = null;
  for (const line of text.split('\n').map((each) => each.trim())) {
    if (line === '' || line.startsWith('#') || line === 'COMMIT') continue;
    if (line === '*nat' || line === '*filter') {
      table = line === '*nat' ? 'nat' : 'filter';
      continue;
    }
    const read = readLine(line, table, family);
    if (typeof read === 'string') problems.push({ line, problem: read });
    else rules.push(...read);
  }
  return { rules, problems };
}

function readLine(line: string, table: WantedTable | null, family: Family): PrintedRule[] | string {
  const split = splitWords(line);
  if (!split.ok) return split.problem;
  const [command, chain, ...words] = split.words;
  if (command !== '-A' && command !== '--append') {
    return 'a template prints "-A CHAIN …" lines below "*nat" or "*filter", and nothing else';
  }
  if (table === null) return 'no "*nat" or "*filter" stands before it';
  const problem = chain === undefined ? 'the chain is missing' : chainProblem(chain);
  if (problem !== null || chain === undefined) return problem ?? '';
  const rule = canonicalRule(words, family, (name) => chainProblem(name) === null);
  if (rule.kind === 'bad') return rule.problem;
  const rules = printed(rule, table, chain);
  // Quotes in canonical form can make the line longer than the template's, and one that is too long
  // would be read as two, of which the second may be anything.
  const tooLong = rules.some(({ spec }) => Buffer.byteLength(spec) > longestSpec);
  return tooLong
    ? `as iptables-save prints it, the rule is longer than ${longestSpec} bytes`
    : rules;
}

function printed(
  rule: Exclude<Canonical, { kind: 'bad' }>,
  table: WantedTable,
  chain: string,
): PrintedRule[] {
  return rule.kind === 'exact'
    ? rule.specs.map((spec) => ({ table, chain, spec, verbatim: false }))
    : [{ table, chain, spec: rule.spec, verbatim: true }];
}
