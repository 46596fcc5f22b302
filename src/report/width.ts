// Columns that a text takes on a terminal.

/** East Asian wide and fullwidth characters, and emoji (Unicode Standard Annex 11, roughly). */
const wide =
  /[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\p{Emoji_Presentation}\u3000-\u303f\uff01-\uff60\uffe0-\uffe6]/u;

/** Characters of one column each, and nearly all that a table holds. */
const plain = /^[ -~\u00a1-\u00ac\u00ae-\u02ff→…]*$/;

export function textWidth(text: string): number {
  if (plain.test(text)) return text.length;
  return graphemes(text).reduce((sum, grapheme) => sum + graphemeWidth(grapheme), 0);
}

/** As much of the beginning, or of the end, as fits, with `…` in place of the rest. */
export function cutText(text: string, width: number, where: 'start' | 'end'): string {
  if (textWidth(text) <= width) return text;
  const parts = graphemes(text);
  const kept: string[] = [];
  let room = width - 1;
  for (const part of where === 'end' ? parts : parts.reverse()) {
    room -= graphemeWidth(part);
    if (room < 0) break;
    kept.push(part);
  }
  return where === 'end' ? `${kept.join('')}…` : `…${kept.reverse().join('')}`;
}

/** Prose in lines of `width` columns, broken at blanks; null leaves it as it is. */
export function wrapText(text: string, width: number | null): string[] {
  if (width === null) return [text];
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    const longer = last === undefined ? word : `${last} ${word}`;
    if (last === undefined) lines.push(word);
    else if (textWidth(longer) <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

/** Stands before the lines under a first one. */
export const indent = '    ';

/** As {@link wrapText}, for lines that are to be indented. */
export function wrapIndented(text: string, width: number | null): string[] {
  return wrapText(text, width === null ? null : width - indent.length);
}

function graphemeWidth(grapheme: string): number {
  return wide.test(grapheme) ? 2 : 1;
}

/** Made when it is first asked for: making it takes as long as reading the example's rules. */
let segmenter: Intl.Segmenter | undefined;

function graphemes(text: string): string[] {
  segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' });
  return [...segmenter.segment(text)].map(({ segment }) => segment);
}
