// Characters that could steer a terminal, pretend to be another line, or reorder what a reviewer sees:
// controls, line and paragraph separators, bidirectional controls (CVE-2021-42574), the implicit marks
// among them too, and what is no character at all.
const unseen = /[\p{Cc}\p{Cs}\p{Bidi_Control}\u2028\u2029]/u;

const everyUnseen = new RegExp(unseen, 'gu');

export function hasUnseen(text: string): boolean {
  return unseen.test(text);
}

/** The text with each such character shown as an escape. */
export function visible(text: string): string {
  return text.replace(everyUnseen, (character) => {
    const code = character.codePointAt(0) ?? 0;
    // A byte that is not UTF-8, as iptables/bytes.ts keeps it.
    if (code >= 0xdc80 && code <= 0xdcff) return `\\x${(code & 0xff).toString(16)}`;
    return `\\u${code.toString(16).padStart(4, '0')}`;
  });
}

/** As {@link visible}, line by line. */
export function visibleLines(text: string): string {
  return text.split('\n').map(visible).join('\n');
}

/** JSON whose strings show such characters as escapes too, which JSON has by the same letters. */
export function visibleJson(value: object): string {
  return `${visibleLines(JSON.stringify(value, null, 2))}\n`;
}
