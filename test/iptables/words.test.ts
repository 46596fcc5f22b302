import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { longestLine, longestWord, quoteWord, splitWords } from '../../src/iptables/words.ts';

describe('a line is split as iptables-restore splits it', () => {
  test.each<[line: string, words: string[]]>([
    ['', []],
    ['   ', []],
    ['-A X -j ACCEPT', ['-A', 'X', '-j', 'ACCEPT']],
    ['  -A\t X  ', ['-A', 'X']],
    ['a "b c" d', ['a', 'b c', 'd']],
    ['a "" b', ['a', '', 'b']],
    [String.raw`"a\"b"`, ['a"b']],
    [String.raw`"a\\b"`, ['a\\b']],
    [String.raw`"a\'b"`, ["a'b"]],
    [String.raw`"a\nb"`, ['anb']],
    [String.raw`a\b`, ['a\\b']],
    [String.raw`a\ b`, ['a\\', 'b']],
    ["'a b'", ["'a", "b'"]],
    ['pre"fix"', ['prefix']],
    ['"post"fix', ['post', 'fix']],
    ['"a""b"', ['a', 'b']],
    ['# a', ['#', 'a']],
    ['größe "🙂 x"', ['größe', '🙂 x']],
    ['a\u00a0b', ['a\u00a0b']],
  ])('%j', (line, words) => {
    expect(splitWords(line)).toEqual({ ok: true, words });
  });
});

describe('a line that iptables-restore would read otherwise than it looks is refused', () => {
  test.each<[what: string, line: string, problem: string]>([
    ['an open quote', '-A X "abc', 'a double quote is not closed'],
    ['an escaped closing quote', String.raw`"abc\"`, 'a double quote is not closed'],
    ['a line break', 'a\nb', 'the line contains a control character'],
    ['a carriage return', 'a\rb', 'the line contains a control character'],
    ['NUL', 'a\0b', 'the line contains a control character'],
    ['a C1 control', 'a\u0085b', 'the line contains a control character'],
    ['a lone surrogate', 'a\ud800', 'the line is not well-formed Unicode'],
    ['a long word', 'x'.repeat(1024), 'a word is longer than 1023 bytes'],
    ['a long line', 'x '.repeat(5120), 'the line is longer than 10238 bytes'],
  ])('%s', (_, line, problem) => {
    expect(splitWords(line)).toEqual({ ok: false, problem });
  });

  test('but the longest word and line are taken', () => {
    expect(splitWords('x'.repeat(longestWord))).toMatchObject({ ok: true });
    expect(splitWords(`${'x '.repeat(longestLine / 2)}`)).toMatchObject({ ok: true });
  });
});

describe('a word is quoted as iptables-save quotes it', () => {
  test.each([
    ['web', 'web'],
    ['a_b-C9', 'a_b-C9'],
    ['-t', '-t'],
    ['', '""'],
    ['a b', '"a b"'],
    ['natmap:dnat', '"natmap:dnat"'],
    ['a"b', String.raw`"a\"b"`],
    ["it's", String.raw`"it\'s"`],
    ['a\\b', String.raw`"a\\b"`],
    ['!', '"!"'],
    ['ü', '"ü"'],
  ])('%j', (text, quoted) => {
    expect(quoteWord(text)).toBe(quoted);
  });

  test.each([
    ['a line break', 'a\nb'],
    ['a tab', 'a\tb'],
    ['NUL', 'a\0'],
    ['DEL', 'a\u007f'],
    ['a lone surrogate', '\udc00'],
    ['more than 1023 bytes', 'é'.repeat(512)],
  ])('or refused, with %s', (_, text) => {
    expect(() => quoteWord(text)).toThrow(RangeError);
  });

  test('so that splitting gives it back', () => {
    const text = fc.oneof(
      fc.string(),
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.constantFrom('"', "'", '\\', ' ', 'a', '-', '!', '\t', '🙂') }),
      fc.string({ minLength: 300, maxLength: 3000 }),
    );
    fc.assert(
      fc.property(text, (any) => {
        const quoted = quotedOrNull(any);
        if (quoted !== null) expect(splitWords(quoted)).toEqual({ ok: true, words: [any] });
      }),
      { numRuns: 1000 },
    );
  });
});

function quotedOrNull(text: string): string | null {
  try {
    return quoteWord(text);
  } catch (error) {
    expect(error).toBeInstanceOf(RangeError);
    return null;
  }
}
