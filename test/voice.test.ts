/**
 * Words that natmap's texts do not use, in source, documents, templates and tests: those under `flagWords` in
 * cspell.json, also within identifiers, and phrases.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import cspell from '../cspell.json' with { type: 'json' };
import { repository } from './support/natmap.ts';

const phrases = ['is to be had', 'of ours', 'be it'];

/** A word alone, or the part of an identifier: `toldOf`, `isTold`, `TOLD`; not `trimEnd` or `recommend`. */
const forms = cspell.flagWords.flatMap((word) => {
  const capital = word.charAt(0).toUpperCase() + word.slice(1);
  return [
    `(?<![a-zA-Z])(?:${word}|${capital})(?![a-z])`,
    `(?<=[a-z])${capital}(?![a-z])`,
    `(?<![A-Za-z])${word.toUpperCase()}(?![A-Za-z])`,
  ];
});
const forbidden = new RegExp(
  [
    ...forms,
    ...phrases.map((phrase) => `(?<![a-zA-Z])${phrase.replaceAll(' ', '\\s+')}(?![a-z])`),
  ].join('|'),
);

/** Texts of others, and this list. */
const others =
  /^(LICENSE|package-lock\.json|cspell\.json|packaging\/debian\/copyright|test\/(docker\/fixtures\/|voice))/;

const files = execFileSync('git', ['-C', repository, 'ls-files', '-z'], { encoding: 'utf8' })
  .split('\0')
  .filter((name) => name !== '' && !others.test(name));

describe('the words are found', () => {
  test.each([
    'to mend it',
    'Mend it.',
    'isTold',
    'toldOf',
    'a chain of ours',
    'WHOM',
    'be it a drop',
    'Refusals',
  ])('%s', (text) => expect(text).toMatch(forbidden));
  test.each([
    'recommend',
    'trimEnd',
    'append',
    'amendment',
    'of ourselves',
    'maybe it',
    'thenceforth',
  ])('not in %s', (text) => expect(text).not.toMatch(forbidden));
});

test('no file has one of them', () => {
  const found = files.flatMap((name) => {
    const text = readOrEmpty(`${repository}${name}`);
    return text
      .split('\n')
      .flatMap((line, i) => (forbidden.test(line) ? [`${name}:${i + 1}: ${line.trim()}`] : []));
  });
  expect(files.length).toBeGreaterThan(500);
  expect(found).toEqual([]);
});

/** Links to folders, and files that are about to be deleted, have no text. */
function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
