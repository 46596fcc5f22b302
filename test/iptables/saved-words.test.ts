import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { restorableText, savedWords, scanSaved } from '../../src/iptables/saved-words.ts';
import { splitWords } from '../../src/iptables/words.ts';
import { spec } from './save-texts.ts';

describe('a rule is split as iptables-save printed it', () => {
  test.each<[spec: string, words: string[]]>([
    ['-j ACCEPT', ['-j', 'ACCEPT']],
    ['-m comment --comment "a b" -j X', ['-m', 'comment', '--comment', 'a b', '-j', 'X']],
    [String.raw`--comment "a \"b\" \\ c"`, ['--comment', String.raw`a "b" \ c`]],
    ['-i "x -m comment --comment "a b"', ['-i', '"x', '-m', 'comment', '--comment', 'a b']],
    ['-i "x" -o "', ['-i', '"x"', '-o', '"']],
    ['-m recent --name "x --rsource', ['-m', 'recent', '--name', '"x', '--rsource']],
    ['-m helper --helper "a b"', ['-m', 'helper', '--helper', 'a b']],
    ['-j CT --helper "a b"', ['-j', 'CT', '--helper', '"a', 'b"']],
    ['-m connlabel --label "a b"', ['-m', 'connlabel', '--label', 'a b']],
    ['-j IDLETIMER --label "a b"', ['-j', 'IDLETIMER', '--label', '"a', 'b"']],
    ['-m addon --text "a b" -j X', ['-m', 'addon', '--text', 'a b', '-j', 'X']],
    ['-m addon --text "a -j X', ['-m', 'addon', '--text', '"a', '-j', 'X']],
    ['-j u\u2003v', ['-j', 'u\u2003v']],
  ])('%j', (text, words) => {
    expect(savedWords(text)).toEqual(words);
  });

  test('a quoted text that is not closed goes on in the next line', () => {
    expect(scanSaved('-A X -m comment --comment "a')).toMatchObject({ isOpen: true });
    expect(scanSaved('-A X -m comment --comment "a\nb"')).toMatchObject({ isOpen: false });
  });
});

test.each([
  ['-m comment --comment "a \\"b" -j ACCEPT', '-m comment --comment "a \\"b" -j ACCEPT'],
  ['-i "x -j "y', String.raw`-i "\"x" -j "\"y"`],
  ['-i a"b -m comment --comment "c d"', String.raw`-i "a\"b" -m comment --comment "c d"`],
])('%s is given to iptables-restore as %s', (printed, given) => {
  expect(restorableText(printed)).toBe(given);
});

test('iptables-restore reads the words that iptables-save printed', () => {
  fc.assert(
    fc.property(spec, (text) => {
      const read = splitWords(restorableText(text));
      // A line break in a comment is nothing that a payload can hold.
      fc.pre(!text.includes('\n'));
      expect(read).toEqual({ ok: true, words: savedWords(text) });
    }),
    { numRuns: 1000 },
  );
});
