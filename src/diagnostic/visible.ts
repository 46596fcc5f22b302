// Characters that could steer a terminal, pretend to be another line, reorder what a reviewer sees, or
// are not seen at all: controls, line and paragraph separators, bidirectional controls (CVE-2021-42574),
// what has no width, as joiners, variation selectors and the tag characters, which can carry whole
// sentences (Default_Ignorable_Code_Point of Unicode, section 5.21), and what is no character.
const unseen = /[\p{Cc}\p{Cs}\p{Bidi_Control}\p{Default_Ignorable_Code_Point}\p{Cf}\u2028\u2029]/u;

const everyUnseen = new RegExp(unseen, 'gu');

export function hasUnseen(text: string): boolean {
  return unseen.test(text);
}

/** The text with each such character shown as an escape. */
export function visible(text: string): string {
  return text.replace(everyUnseen, escaped);
}

/** Above U+FFFF as two surrogates: so JSON has them too. */
function escaped(character: string): string {
  const units = Array.from({ length: character.length }, (_, index) => character.charCodeAt(index));
  const [first = 0, second] = units;
  // A byte that is not UTF-8, as iptables/bytes.ts keeps it.
  if (second === undefined && first >= 0xdc80 && first <= 0xdcff) {
    return `\\x${(first & 0xff).toString(16)}`;
  }
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
}

/** As {@link visible}, line by line. */
export function visibleLines(text: string): string {
  return text.split('\n').map(visible).join('\n');
}

/** JSON whose strings show such characters as escapes too, which JSON has by the same letters. */
export function visibleJson(value: object): string {
  return `${visibleLines(JSON.stringify(value, null, 2))}\n`;
}
