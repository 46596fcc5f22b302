import { describe, expect, test } from 'vitest';
import type { Ruleset } from '../../src/iptables/ruleset.ts';
import { changedLines } from '../../src/report/changed-lines.ts';
import { type FindSource, natmapComment, withSources } from '../../src/report/origin.ts';
import { createStyle } from '../../src/report/style.ts';
import { diffRulesets, formatUnified } from '../../src/report/unified.ts';
import { dnat, natmapRules } from './diff-reports.ts';

function remarked(before: Ruleset, after: Ruleset, sourceOf: FindSource) {
  const diff = diffRulesets(before, after);
  return withSources(diff, changedLines(diff, before, after), sourceOf);
}

test('each rule carries where it comes from', () => {
  const shown = remarked(
    natmapRules(dnat(25)),
    natmapRules(dnat(465), '-j RETURN'),
    (table, chain, spec) =>
      table === 'nat' && chain === 'NATMAP' && spec === dnat(465)
        ? { file: 'rules.d/10-mail.yaml', line: 4, name: 'mail' }
        : null,
  );
  const lines = formatUnified(shown, createStyle('never', {}, false)).split('\n');
  expect(lines.filter((line) => /^[+-]-A/.test(line))).toEqual([
    `--A NATMAP ${dnat(25)}  # natmap:dnat:203.0.113.43:25`,
    `+-A NATMAP ${dnat(465)}  # rules.d/10-mail.yaml:4 mail`,
    '+-A NATMAP -j RETURN  # natmap itself',
  ]);
});

test('a label cannot draw on the screen', () => {
  const shown = remarked(natmapRules(), natmapRules(dnat(25)), () => ({
    file: 'a',
    line: 1,
    name: 'x\u001b[2J\ny',
  }));
  expect(shown.changes.flatMap(({ lines }) => lines)).toContain(
    `-A NATMAP ${dnat(25)}  # a:1 x\\u001b[2J\\u000ay`,
  );
});

describe("natmap's comment is found", () => {
  test.each([
    ['-m comment --comment "natmap:dnat:203.0.113.43:25" -j ACCEPT', 'natmap:dnat:203.0.113.43:25'],
    ['-m comment --comment "natmap:docker:a\\"b:80/tcp" -j ACCEPT', 'natmap:docker:a"b:80/tcp'],
    ['-m comment --comment "not natmap:x" -j ACCEPT', null],
    ['-j NATMAP', null],
  ])('%s', (spec, comment) => {
    expect(natmapComment(spec)).toBe(comment);
  });
});
