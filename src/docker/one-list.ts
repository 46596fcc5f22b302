// Several JSON lists one after another, as `docker inspect … >file; docker network inspect … >>file` leaves.

/** A string, or a bracket outside of any. */
const token = /"[^"\\]*(?:\\.[^"\\]*)*"|[[\]{}]/gs;

/**
 * Joins lists that follow each other to one, in as many characters, so that every place stays where
 * it is: a bracket between two of them becomes a blank or a comma.
 *
 * @returns null for any other text
 */
export function oneList(text: string): string | null {
  const lists = outermost(text);
  if (lists === null || lists.length < 2) return null;
  const characters = text.split('');
  let isFilled = false;
  for (const [index, { open, close }] of lists.entries()) {
    const holds = text.slice(open + 1, close).trim() !== '';
    if (index > 0) characters[open] = isFilled && holds ? ',' : ' ';
    if (index < lists.length - 1) characters[close] = ' ';
    isFilled ||= holds;
  }
  return characters.join('');
}

interface Span {
  readonly open: number;
  readonly close: number;
}

/** @returns null where the text is not a row of lists */
function outermost(text: string): readonly Span[] | null {
  if (!/^\s*\[/.test(text)) return null;
  const spans: Span[] = [];
  let [depth, open, end] = [0, 0, 0];
  for (const { 0: found, index } of text.matchAll(token)) {
    if (depth === 0) {
      if (found !== '[' || text.slice(end, index).trim() !== '') return null;
      open = index;
    }
    if (found === '[' || found === '{') depth += 1;
    else if (found === ']' || found === '}') depth -= 1;
    if (depth > 0) continue;
    if (found !== ']') return null;
    end = index + 1;
    spans.push({ open, close: index });
  }
  return depth === 0 && text.slice(end).trim() === '' ? spans : null;
}
