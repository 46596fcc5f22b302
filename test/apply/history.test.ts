/** The record of applies on a real disk. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  backupOf,
  createJournal,
  keptRecords,
  readHistory,
  settleInterrupted,
} from '../../src/apply/history.ts';
import { type ApplyHeader, parseRecord } from '../../src/apply/record.ts';
import { parseSave } from '../../src/iptables/parse.ts';
import type { Ruleset } from '../../src/iptables/ruleset.ts';
import { createWorkspace } from '../support/workspace.ts';

const header: ApplyHeader = {
  kind: 'apply',
  at: '2026-11-24T15:00:00.000Z',
  by: 'root',
  version: '0.1.0',
  backends: { ipv4: 'nft', ipv6: 'nft' },
  sources: [{ name: 'rules.d/a.yaml', sha256: 'ab'.repeat(32) }],
};

const saved = `*filter
:FORWARD DROP [1:2]
:NATMAP - [0:0]
[3:4] -A NATMAP -j ACCEPT
COMMIT
`;

function rulesetOf(text: string): Ruleset {
  const parsed = parseSave(text, 'ipv4');
  if (!parsed.ok) throw new Error(parsed.problem);
  return parsed.ruleset;
}

const before = [rulesetOf(saved)];

function begun(folder: string) {
  const journal = createJournal(folder, header);
  journal.begin(before);
  journal.intend('ipv4: 1 rule added', { 'payload.v4': '*nat\nCOMMIT\n' });
  return journal;
}

describe('an apply', () => {
  test('that ended well is on the record, with the state before it', () => {
    using files = createWorkspace();
    begun(files.path).commit();
    const { entries, strange } = readHistory(files.path);
    expect(strange).toEqual([]);
    expect(entries).toMatchObject([
      { number: 1, interrupted: false, record: { ...header, summary: 'ipv4: 1 rule added' } },
    ]);
    expect(entries[0] && backupOf(entries[0])).toEqual(before);
  });

  test('that was put back is not', () => {
    using files = createWorkspace();
    begun(files.path).abandon();
    expect(readHistory(files.path)).toEqual({ entries: [], unreadable: [], strange: [] });
    expect(settleInterrupted(files.path)).toBeNull();
  });

  test('that never came to an end is found as an interrupted one', () => {
    using files = createWorkspace();
    begun(files.path);
    expect(readHistory(files.path).entries).toEqual([]);
    const entry = settleInterrupted(files.path);
    expect(entry).toMatchObject({ number: 1, interrupted: true });
    expect(entry && 'record' in entry && backupOf(entry)).toEqual(before);
    expect(readHistory(files.path).entries).toMatchObject([{ number: 1, interrupted: true }]);
  });

  test('that could not go back keeps what is to be loaded by hand', () => {
    using files = createWorkspace();
    const folder = begun(files.path).leave({ 'going-back.v4': '*nat\nCOMMIT\n' });
    expect(readFileSync(join(folder, 'going-back.v4'), 'utf8')).toBe('*nat\nCOMMIT\n');
    expect(readHistory(files.path).entries).toMatchObject([{ interrupted: true }]);
  });
});

test('the newest records are kept, and numbers go on', () => {
  using files = createWorkspace();
  for (let time = 0; time < keptRecords + 3; time++) begun(files.path).commit();
  const numbers = readHistory(files.path).entries.map(({ number }) => number);
  expect(numbers).toEqual(Array.from({ length: keptRecords }, (_, at) => at + 4));
});

describe('what is not as it was written is not used', () => {
  test.each([
    ['a backup that is cut at a line', 'before.v4', (text: string) => text.slice(0, 40)],
    [
      'a backup with a rule more',
      'before.v4',
      (text: string) => text.replace('COMMIT', '-A NATMAP\nCOMMIT'),
    ],
    ['an empty backup', 'before.v4', () => ''],
  ])('%s', (_, name, change) => {
    using files = createWorkspace();
    begun(files.path).commit();
    const path = join(files.path, 'history/000001', name);
    writeFileSync(path, change(readFileSync(path, 'utf8')));
    const [entry] = readHistory(files.path).entries;
    expect(entry && backupOf(entry)).toBeNull();
  });

  test.each([
    [
      'a torn record',
      '{"schema":"natmap.apply/v1","kin',
      'record.json is no JSON, or it is cut off',
    ],
    [
      'a record of another version',
      '{"schema":"natmap.apply/v9"}',
      'this natmap reads natmap.apply/v1, and this is "natmap.apply/v9"',
    ],
    [
      'a record without its keys',
      '{"schema":"natmap.apply/v1"}',
      'record.json is not as natmap wrote it',
    ],
    ['no record', '{}', "record.json is no record of natmap's"],
    ['no file', null, /record\.json: no such file$/],
  ])('%s is named', (_, record, problem) => {
    using files = createWorkspace();
    const path = join(files.path, 'history/000007');
    mkdirSync(path, { recursive: true });
    if (record !== null) writeFileSync(join(path, 'record.json'), record);
    const said = typeof problem === 'string' ? problem : expect.stringMatching(problem);
    const unreadable = [{ number: 7, path, problem: said }];
    expect(readHistory(files.path)).toEqual({ entries: [], unreadable, strange: [] });
  });

  test('a folder of somebody else is passed over', () => {
    using files = createWorkspace();
    mkdirSync(join(files.path, 'history/lost+found'), { recursive: true });
    const strange = ['lost+found'];
    expect(readHistory(files.path)).toEqual({ entries: [], unreadable: [], strange });
  });

  test('any text is a record or none, and no error', () => {
    const json = fc.oneof(
      fc.string(),
      fc.json(),
      fc
        .jsonValue()
        .map((value) => JSON.stringify({ schema: 'natmap.apply/v1', kind: value, files: value })),
    );
    fc.assert(
      fc.property(json, (text) => {
        const read = parseRecord(text);
        expect(!read.ok || read.record.kind === 'apply').toBe(true);
      }),
    );
  });
});
