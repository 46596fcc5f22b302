import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hasUnseen, visible, visibleJson } from '../../src/diagnostic/visible.ts';
import { hostileName } from '../support/hostile-names.ts';

describe('what a reviewer cannot see is shown as an escape', () => {
  test.each([
    ['a zero-width space', '\u200b', '\\u200b'],
    ['a zero-width joiner', '\u200d', '\\u200d'],
    ['a word joiner', '\u2060', '\\u2060'],
    ['a byte order mark', '\ufeff', '\\ufeff'],
    ['a soft hyphen', '\u00ad', '\\u00ad'],
    ['a Hangul filler', '\u3164', '\\u3164'],
    ['a variation selector', '\ufe0f', '\\ufe0f'],
    ['a tag character', '\u{e0041}', '\\udb40\\udc41'],
    ['a supplementary variation selector', '\u{e0100}', '\\udb40\\udd00'],
    ['a right-to-left override', '\u202e', '\\u202e'],
    ['an interlinear anchor', '\ufff9', '\\ufff9'],
    ['an escape', '\u001b', '\\u001b'],
  ])('%s', (_, character, shown) => {
    expect(visible(`a${character}b`)).toBe(`a${shown}b`);
    expect(hasUnseen(character)).toBe(true);
  });

  test.each(['mail', 'Büro', '事務所', 'صندوق', '📬'])('%s is shown as it is', (text) => {
    expect(visible(text)).toBe(text);
  });

  test('and JSON has the same text still', () => {
    fc.assert(
      fc.property(hostileName, (value) => {
        const shown = visibleJson({ value });
        expect(hasUnseen(shown.replaceAll('\n', ''))).toBe(false);
        expect(JSON.parse(shown)).toEqual({ value });
      }),
    );
  });
});
