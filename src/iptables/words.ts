// The words of a line as iptables-restore splits them, and the way back.
// Source: add_param_to_argv and struct xt_param_buf, iptables/xshared.c of iptables 1.8.9.

/** Longest word that iptables-restore takes: its buffer is 1024 bytes with the NUL. */
export const longestWord = 1023;

/** Longest line: its fgets buffer is 10240 bytes; what is longer would be read as two lines. */
export const longestLine = 10238;

/** Longest rule for which a line has room behind its counters (of 20 digits each), `-A` and chain. */
export const longestSpec = longestLine - 80;

export type Words =
  | { readonly ok: true; readonly words: readonly string[] }
  | { readonly ok: false; readonly problem: string };

/** Splits at white space; double quotes keep it, and a backslash escapes within them only. */
export function splitWords(line: string): Words {
  const problem = lineProblem(line);
  if (problem !== null) return { ok: false, problem };
  const words = splitLine(line);
  if (words === null) return { ok: false, problem: 'a double quote is not closed' };
  const unfit = words.find((word) => wordProblem(word) !== null);
  return unfit === undefined
    ? { ok: true, words }
    : { ok: false, problem: `a word ${wordProblem(unfit)}` };
}

/** @returns null when a double quote is not closed */
function splitLine(line: string): readonly string[] | null {
  const words: readonly string[] = line.match(wordOrQuote) ?? [];
  return words.includes('"') ? null : words.map(unquoted);
}

/**
 * A closing quote ends the word, whatever follows it; an opening one may stand inside a word. A quote
 * that is not closed is found by itself.
 */
const wordOrQuote = /[^ \t"]+(?:"(?:[^"\\]|\\.)*")?|"(?:[^"\\]|\\.)*"|"/gs;

function unquoted(word: string): string {
  const quote = word.indexOf('"');
  if (quote < 0) return word;
  const quoted = word.slice(quote + 1, -1);
  return word.slice(0, quote) + quoted.replace(/\\(.)/gs, '$1');
}

/**
 * One word that iptables-restore reads back as `text`, quoted the way iptables-save quotes
 * (xtables_save_string, libxtables/xtables.c).
 *
 * @throws RangeError when no word can hold `text`: line breaks, NUL and the like, or too long
 */
export function quoteWord(text: string): string {
  const problem = wordProblem(text);
  if (problem !== null) throw new RangeError(`text cannot stand in a rule: it ${problem}`);
  if (/^[A-Za-z0-9_-]+$/.test(text)) return text;
  return `"${text.replace(/["'\\]/g, '\\$&')}"`;
}

/** Printable ASCII. */
const plain = /^[ -~]*$/;

/** Why `text` cannot be one word of a rule, or null when it can. */
function wordProblem(text: string): string | null {
  // Nearly every word is short and plain; 40,000 rules have a million of them.
  if (text.length <= longestWord && plain.test(text)) return null;
  if (/\p{Cc}/u.test(text)) return 'contains a control character';
  if (!text.isWellFormed()) return 'is not well-formed Unicode';
  if (Buffer.byteLength(text) > longestWord) return `is longer than ${longestWord} bytes`;
  return null;
}

/**
 * Whether a rule's text is words apart by single spaces, each bare or wholly in double quotes, as
 * iptables-save prints them: no word of such a text ends where a reader would not expect it.
 */
export function isSavedText(spec: string): boolean {
  return /^(?:(?:[^\s"]+|"(?:[^"\\]|\\.)*")(?: (?!$)|$))*$/.test(spec);
}

function lineProblem(line: string): string | null {
  if (line.length <= longestLine && /^[\t -~]*$/.test(line)) return null;
  // A tab separates words; every other control character is nothing that a rule can hold.
  if (/[^\P{Cc}\t]/u.test(line)) return 'the line contains a control character';
  if (!line.isWellFormed()) return 'the line is not well-formed Unicode';
  if (Buffer.byteLength(line) > longestLine) return `the line is longer than ${longestLine} bytes`;
  return null;
}
