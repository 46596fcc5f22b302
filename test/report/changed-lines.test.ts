import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseSave } from '../../src/iptables/parse.ts';
import { comparableLines, placedLines } from '../../src/iptables/print.ts';
import { changedLines } from '../../src/report/changed-lines.ts';
import { diffRulesets } from '../../src/report/unified.ts';
import { live } from '../plan/rulesets.ts';

function saved(...lines: string[]) {
  const parsed = parseSave(lines.map((line) => `${line}\n`).join(''), 'ipv4');
  if (!parsed.ok) throw new Error(parsed.problem);
  return parsed.ruleset;
}

test('each line that comes or goes is reported with its table, its chain and its number there', () => {
  const before = saved(
    ...['*filter', ':INPUT ACCEPT', ':OLD -', '-A INPUT -j ACCEPT', '-A OLD -j DROP', 'COMMIT'],
    ...['*nat', ':X -', '-A X 1', '-A X 2', '-A X 3', 'COMMIT'],
  );
  const after = saved(
    ...['*raw', 'COMMIT'],
    ...['*filter', ':INPUT ACCEPT', ':NEW -', '-A INPUT -j ACCEPT', '-A NEW', 'COMMIT'],
    ...['*nat', ':X -', '-A X 1', '-A X 3', '-A X 4', 'COMMIT'],
  );
  expect(changedLines(diffRulesets(before, after), before, after)).toEqual([
    { kind: 'added', line: '*raw', table: 'raw', chain: null, rule: null },
    { kind: 'added', line: 'COMMIT', table: 'raw', chain: null, rule: null },
    { kind: 'removed', line: ':OLD -', table: 'filter', chain: 'OLD', rule: null },
    { kind: 'added', line: ':NEW -', table: 'filter', chain: 'NEW', rule: null },
    {
      ...{ kind: 'removed', line: '-A OLD -j DROP', table: 'filter', chain: 'OLD' },
      rule: { spec: '-j DROP', number: 1 },
    },
    {
      ...{ kind: 'added', line: '-A NEW', table: 'filter', chain: 'NEW' },
      rule: { spec: '', number: 1 },
    },
    { kind: 'removed', line: '-A X 2', table: 'nat', chain: 'X', rule: { spec: '2', number: 2 } },
    { kind: 'added', line: '-A X 4', table: 'nat', chain: 'X', rule: { spec: '4', number: 3 } },
  ]);
});

test('what looks like lines in a comment moves no line to another place', () => {
  const forged = '-A X -m comment --comment "a\n*raw\n-A X 0" -j ACCEPT';
  const before = saved('*nat', ':X -', forged, 'COMMIT');
  const after = saved('*nat', ':X -', forged, '-A X 1', 'COMMIT');
  expect(changedLines(diffRulesets(before, after), before, after)).toEqual([
    { kind: 'added', line: '-A X 1', table: 'nat', chain: 'X', rule: { spec: '1', number: 2 } },
  ]);
});

test('every line of a rule set is placed', () => {
  fc.assert(
    fc.property(live, ({ ruleset }) => {
      expect(placedLines(ruleset).map(({ line }) => line)).toEqual(comparableLines(ruleset));
    }),
  );
});
