/** Whether a rendered text holds rules in our own chains and exactly the standing jumps. */
import { expect } from 'vitest';
import { canonicalRule } from '../src/iptables/canonical.ts';
import { isOwnedChain } from '../src/iptables/owned.ts';
import { isSavedText, splitWords } from '../src/iptables/words.ts';
import type { Family } from '../src/net/family.ts';

const standing: Readonly<Record<string, readonly string[]>> = {
  mangle: ['-A PREROUTING -j NATMAP'],
  filter: ['-A FORWARD -j DOCKER-USER', '-A DOCKER-USER -j NATMAP'],
  nat: [
    '-A PREROUTING -j NATMAP',
    '-A OUTPUT -j NATMAP-OUTPUT',
    '-A POSTROUTING -j NATMAP-POSTROUTING',
  ],
};

/** Reads the text as iptables-restore would, and not as natmap does. */
export function expectOnlyOurs(text: string, family: Family): void {
  let table = '';
  const others: string[] = [];
  for (const line of text.split('\n').slice(0, -1)) {
    if (/^\*(mangle|filter|nat)$/.test(line)) table = line.slice(1);
    // A jump of mangle's is there where the chain is that it goes to.
    else if (line === 'COMMIT' && table === 'mangle' && others.length === 0) continue;
    else if (line === 'COMMIT') expect(others.splice(0)).toEqual(standing[table]);
    else if (line.startsWith(':'))
      expect(line).toMatch(/^:(NATMAP(-[\w-]*)?|DOCKER-USER) - \[0:0\]$/);
    else if (/^-A NATMAP(-[\w-]*)?( |$)/.test(line)) expectWholeRule(line, family);
    else others.push(line);
  }
  expect(others).toEqual([]);
}

/** The words are those of one rule, whose text is what it says, or as iptables-save would write it. */
function expectWholeRule(line: string, family: Family): void {
  const split = splitWords(line);
  if (!split.ok) throw new Error(`${split.problem}: ${line}`);
  const [, chain, ...words] = split.words;
  const form = canonicalRule(words, family, isOwnedChain);
  if (form.kind === 'verbatim') {
    expect(isSavedText(line), line).toBe(true);
    return;
  }
  const specs = form.kind === 'exact' ? form.specs : [];
  expect(specs.map((spec) => `-A ${chain} ${spec}`.trimEnd())).toEqual([line]);
}
