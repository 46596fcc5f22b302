import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hasUnseen } from '../../src/diagnostic/visible.ts';
import type { Finding } from '../../src/doctor/finding.ts';
import {
  countFindings,
  findingsAsJson,
  formatFinding,
  formatUnread,
} from '../../src/report/findings.ts';
import { createStyle } from '../../src/report/style.ts';
import { hostileName } from '../support/hostile-names.ts';
import { validJson } from '../support/json-schema.ts';

const plain = createStyle('never', {}, false);
const source = { name: 'rules.d/10-mail.yaml', text: 'dnat:\n  - a\n  - b\n  - c\n  - d\n' };

function mapping(words: string, line: number) {
  const offset =
    source.text
      .split('\n')
      .slice(0, line - 1)
      .join('\n').length + 3;
  return { mapping: words, at: { source, offset, length: 1 } };
}

const finding: Finding = {
  code: 'ip-forward',
  severity: 'error',
  message: 'IPv4 forwarding is off',
  reason: 'The host drops every packet.',
  rules: [],
  affected: [mapping('one', 2)],
  commands: ['sysctl -w net.ipv4.ip_forward=1'],
  note: null,
};

test('a finding says what, why and for which mappings, then the command on a line of its own', () => {
  expect(formatFinding({ ...finding, rules: ['-P FORWARD DROP'], note: 'until boot' }, plain)).toBe(
    `error: IPv4 forwarding is off [ip-forward]
    The host drops every packet.
    -P FORWARD DROP
    rules.d/10-mail.yaml:2: one
    sysctl -w net.ipv4.ip_forward=1
    note: until boot`,
  );
});

test('mappings of one line are reported together, and of many lines the first three', () => {
  const affected = [2, 2, 2, 3, 4, 5, 5].map((line, index) => mapping(`m${index}`, line));
  const lines = formatFinding({ ...finding, affected, commands: [] }, plain).split('\n    ');
  expect(lines.slice(2)).toEqual([
    'rules.d/10-mail.yaml:2: m0, and 2 more',
    'rules.d/10-mail.yaml:3: m3',
    'rules.d/10-mail.yaml:4: m4',
    'and 2 more mappings',
  ]);
});

test('of many rules the first three are shown', () => {
  const rules = ['a', 'b', 'c', 'd', 'e'];
  const lines = formatFinding({ ...finding, rules, affected: [] }, plain).split('\n    ');
  expect(lines.slice(2, 6)).toEqual(['a', 'b', 'c', 'and 2 more rules']);
});

test('no name draws on the terminal', () => {
  fc.assert(
    fc.property(hostileName, (name) => {
      const hostile: Finding = {
        ...finding,
        message: name,
        reason: name,
        rules: [name],
        affected: [{ mapping: name, at: { source: { name, text: name }, offset: 0, length: 0 } }],
        commands: [name],
        note: name,
      };
      const lines = formatFinding(hostile, plain).split('\n');
      expect(lines).toHaveLength(6);
      expect(lines.some(hasUnseen)).toBe(false);
      const unread = { what: 'the engine', reason: name };
      expect(hasUnseen(formatUnread(unread, plain))).toBe(false);
      expect(findingsAsJson([hostile], [unread]).split('\n').some(hasUnseen)).toBe(false);
    }),
  );
});

test('findings are counted by severity', () => {
  const warning: Finding = { ...finding, severity: 'warning' };
  const note: Finding = { ...finding, severity: 'note' };
  expect(countFindings([note, finding, warning, warning])).toBe('1 error, 2 warnings, 1 note');
  expect(countFindings([warning])).toBe('1 warning');
});

test('the JSON has every mapping with its place, and what was not read', () => {
  const unread = [{ what: 'the live IPv6 rules', reason: 'permission denied' }];
  expect(validJson(findingsAsJson([finding], unread))).toEqual({
    schema: 'natmap.doctor/v1',
    findings: [
      {
        code: 'ip-forward',
        severity: 'error',
        message: 'IPv4 forwarding is off',
        reason: 'The host drops every packet.',
        rules: [],
        mappings: [{ mapping: 'one', file: 'rules.d/10-mail.yaml', line: 2, column: 3 }],
        commands: ['sysctl -w net.ipv4.ip_forward=1'],
        note: null,
      },
    ],
    unread,
  });
});

test.each(['error', 'warning', 'note'] as const)(
  'a finding of severity %s is valid JSON',
  (severity) => {
    expect(validJson(findingsAsJson([{ ...finding, severity }], []))).toMatchObject({
      findings: [{ severity }],
    });
  },
);
