import { applyPatch, parsePatch } from 'diff';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseSave } from '../../src/iptables/parse.ts';
import { comparableLines } from '../../src/iptables/print.ts';
import type { Ruleset } from '../../src/iptables/ruleset.ts';
import { diffLines } from '../../src/plan/line-diff.ts';
import { createStyle } from '../../src/report/style.ts';
import { diffRulesets, formatUnified, isUnchanged, summarize } from '../../src/report/unified.ts';

const plain = createStyle('never', {}, false);

const text = (lines: readonly string[]) => lines.map((line) => `${line}\n`).join('');

/** A nat table whose chain X holds these rules. */
function ruleset(rules: readonly string[], family: 'ipv4' | 'ipv6' = 'ipv4'): Ruleset {
  const lines = ['*nat', ':X - [1:2]', ...rules.map((rule) => `[3:4] -A X ${rule}`), 'COMMIT'];
  const parsed = parseSave(text(lines), family);
  if (!parsed.ok) throw new Error(parsed.problem);
  return parsed.ruleset;
}

test('a unified diff shows three lines around each change', () => {
  const before = ruleset(['1', '2', '3', '4', '5', '6', '7', '8', '9']);
  const after = ruleset(['1', '2', '3', '4', 'new', '5', '6', '7', '8']);
  expect(formatUnified(diffRulesets(before, after), plain)).toBe(`--- ipv4 live
+++ ipv4 after apply
@@ -4,9 +4,9 @@
 -A X 2
 -A X 3
 -A X 4
+-A X new
 -A X 5
 -A X 6
 -A X 7
 -A X 8
--A X 9
 COMMIT
`);
});

test('changes further apart than that get hunks of their own', () => {
  const rules = Array.from({ length: 20 }, (_, index) => String(index));
  const after = rules.toSpliced(2, 1).toSpliced(15, 0, 'new');
  const shown = formatUnified(diffRulesets(ruleset(rules), ruleset(after)), plain);
  expect(shown.match(/^@@.*$/gm)).toEqual(['@@ -2,7 +2,6 @@', '@@ -16,6 +15,7 @@']);
});

test('applied as a patch, the diff gives the text after', () => {
  const line = fc.constantFrom(
    'a',
    'b',
    'c',
    'd',
    '',
    ' x',
    '-x',
    '+x',
    '@@ -1 +1 @@',
    '\\ x',
    '--- a',
  );
  const other = fc.nat({ max: 99 }).map(String);
  const rules = fc.array(fc.oneof(line, other), { maxLength: 40 });
  fc.assert(
    fc.property(rules, rules, (one, two) => {
      const [before, after] = [ruleset(one), ruleset(two)];
      const diff = diffRulesets(before, after);
      if (isUnchanged(diff)) return;
      const [patch] = parsePatch(formatUnified(diff, plain));
      if (patch === undefined) throw new Error('no patch');
      const patched = applyPatch(text(comparableLines(before)), patch, { fuzzFactor: 0 });
      expect(patched).toBe(text(comparableLines(after)));
    }),
    { numRuns: 300 },
  );
});

test('a line break in a comment cannot make a line that looks changed', () => {
  const forged = '-m comment --comment "x\n+-A X -j DROP" -j ACCEPT';
  const [before, after] = [ruleset([forged]), ruleset([forged, 'new'])];
  expect(formatUnified(diffRulesets(before, after), plain)).toBe(`--- ipv4 live
+++ ipv4 after apply
@@ -2,4 +2,5 @@
 :X -
 -A X -m comment --comment "x
 +-A X -j DROP" -j ACCEPT
+-A X new
 COMMIT
`);
});

test('counters are no difference', () => {
  const before = ruleset(['1']);
  const counted = parseSave('*nat\n:X - [9:9]\n[8:8] -A X 1\nCOMMIT\n', 'ipv4');
  if (!counted.ok) throw new Error(counted.problem);
  expect(isUnchanged(diffRulesets(before, counted.ruleset))).toBe(true);
});

test('a table that was not there is added from line 0 on', () => {
  const none: Ruleset = { family: 'ipv6', tables: [] };
  const shown = formatUnified(diffRulesets(none, ruleset([], 'ipv6')), plain);
  expect(shown).toBe(
    '--- ipv6 live\n+++ ipv6 after apply\n@@ -0,0 +1,3 @@\n+*nat\n+:X -\n+COMMIT\n',
  );
});

test('a line cannot steer the terminal', () => {
  const diff = {
    family: 'ipv4' as const,
    changes: diffLines([], ['-A X -m comment --comment "\u001b[2J\u202e"']),
  };
  expect(formatUnified(diff, plain)).toContain('+-A X -m comment --comment "\\u001b[2J\\u202e"');
});

test('on a terminal added lines are green and removed ones red', () => {
  const shown = formatUnified(
    diffRulesets(ruleset(['1']), ruleset(['2'])),
    createStyle('always', {}, false),
  );
  expect(shown).toContain('\u001b[31m--A X 1\u001b[39m');
  expect(shown).toContain('\u001b[32m+-A X 2\u001b[39m');
  expect(shown).toContain('\u001b[36m@@ -1,4 +1,4 @@\u001b[39m');
});

describe('the summary says how many rules', () => {
  test.each<[before: string[], after: string[], said: string]>([
    [['1'], ['1'], 'no changes'],
    [[], ['1'], '1 rule added'],
    [['1'], ['1', '2', '3'], '2 rules added'],
    [['1', '2'], ['2'], '1 rule removed'],
    [['1', '2', '3'], [], '3 rules removed'],
    [['1'], ['2', '3', '4'], '3 rules added, 1 removed'],
  ])('%j to %j: %s', (before, after, said) => {
    expect(summarize([diffRulesets(ruleset(before), ruleset(after))])).toBe(`ipv4: ${said}`);
  });

  test('of both families', () => {
    const ipv4 = diffRulesets(ruleset(['1']), ruleset(['2', '3', '4']));
    const ipv6 = diffRulesets(ruleset([], 'ipv6'), ruleset([], 'ipv6'));
    expect(summarize([ipv4, ipv6])).toBe('ipv4: 3 rules added, 1 removed; ipv6: no changes');
  });

  test('or that only chains and tables change', () => {
    const none: Ruleset = { family: 'ipv4', tables: [] };
    expect(summarize([diffRulesets(none, ruleset([]))])).toBe(
      'ipv4: no rules, only chains or tables',
    );
  });
});

test('a summary counts the rules of dispatch trees by themselves', () => {
  const dispatch = (port: number) =>
    `-p tcp -m tcp --dport ${port} -m comment --comment "natmap:dispatch" -g NATMAP-t${port}`;
  const [none, some] = [ruleset([]), ruleset([dispatch(1), 'a', dispatch(2), 'b', 'c'])];
  expect(summarize([diffRulesets(none, some)])).toBe('ipv4: 3 rules added, 2 dispatch rules added');
  expect(summarize([diffRulesets(some, ruleset(['a', 'b', 'c', dispatch(3)]))])).toBe(
    'ipv4: 1 dispatch rule added, 2 removed',
  );
});
