// Rules with words that natmap does not understand: what may not be among them, and how they print.
import { isCommand } from './commands.ts';
import { type Style, styleOf } from './saved-words.ts';
import { quoteWord } from './words.ts';

/**
 * Why the words cannot be given to iptables as they are, or null when they can. Which of them are
 * values is not known here, so none may look like a command, nor like a name to be resolved.
 */
export function verbatimProblem(words: readonly string[]): string | null {
  const command = words.find(isCommand);
  if (command !== undefined) return `${command} has no place in a rule`;
  const host = words.flatMap((word, index) => hostName(word, words[index + 1])).at(0);
  if (host !== undefined) return `${host} is a name where an address is meant, and may change`;
  const styles = stylesOf(words);
  const lost = words.find(
    (word, index) => /^$|[\s"]/.test(word) && !isText(styles[index]) && !isAttachedText(word),
  );
  if (lost === undefined) return null;
  return `iptables-save prints no quotes around ${JSON.stringify(lost)} here, and could not read it back`;
}

/** The words as they are, with the quotes, which words do not have any more, of iptables-save. */
export function printVerbatim(words: readonly string[]): string {
  const styles = stylesOf(words);
  return words
    .map((word, index) => {
      if (styles[index] === 'quoted') return `"${word.replace(/["\\]/g, '\\$&')}"`;
      return styles[index] === 'string' || /^$|[\s"]/.test(word) ? quoteWord(word) : word;
    })
    .join(' ');
}

/** How iptables-save prints each word, by the option before it. */
function stylesOf(words: readonly string[]): readonly Style[] {
  let extension = '';
  return words.map((word, index) => {
    const option = words[index - 1] ?? '';
    if (option === '-m' || option === '-j') extension = word;
    return styleOf(option, extension);
  });
}

function isText(style: Style | undefined): boolean {
  return style === 'string' || style === 'quoted';
}

function isAttachedText(word: string): boolean {
  return isText(styleOf(/^(--[^=]+)=/.exec(word)?.[1] ?? '', ''));
}

/** The value of an address option that is none: iptables would resolve it whenever it is loaded. */
function hostName(word: string, next = ''): readonly string[] {
  const [, name = '', attached] = /^(-f*[sd]|--[^=]+)=?(.+)?$/s.exec(word) ?? [];
  const isAddressOption = name.startsWith('--')
    ? addressOptions.some((option) => option.startsWith(name))
    : name !== '';
  const value = attached ?? next;
  return isAddressOption && !value.includes(':') && /[^0-9./,-]/.test(value) ? [value] : [];
}

/** Of iptables itself, and of extensions that take XTTYPE_HOST or XTTYPE_HOSTMASK (xtables.h). */
const addressOptions: readonly string[] = [
  '--source',
  '--src',
  '--destination',
  '--dst',
  '--ctorigsrc',
  '--ctorigdst',
  '--ctreplsrc',
  '--ctrepldst',
  '--dst-pfx',
  '--gateway',
  '--on-ip',
  '--src-pfx',
  '--to',
  '--tunnel-dst',
  '--tunnel-src',
  '--vaddr',
];
