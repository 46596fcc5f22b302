// Rules with words that natmap does not understand: what may not be among them, and how they print.
import { isCommand } from './commands.ts';
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
  const lost = words.find(
    (word, index) => /^$|[\s"]/.test(word) && !isQuoted(word, words[index - 1]),
  );
  if (lost === undefined) return null;
  return `iptables-save prints no quotes around ${JSON.stringify(lost)} here, and could not read it back`;
}

/** The words as they are, with the quotes, which words do not have any more, of iptables-save. */
export function printVerbatim(words: readonly string[]): string {
  return words
    .map((word, index) => {
      const option = words[index - 1] ?? '';
      if (alwaysQuoted.has(option)) return `"${word.replace(/["\\]/g, '\\$&')}"`;
      return savedStrings.has(option) || /^$|[\s"]/.test(word) ? quoteWord(word) : word;
    })
    .join(' ');
}

function isQuoted(word: string, before = ''): boolean {
  const option = /^(--[^=]+)=/.exec(word)?.[1] ?? before;
  return savedStrings.has(option) || alwaysQuoted.has(option);
}

/** Options whose value is printed by xtables_save_string. */
const savedStrings: ReadonlySet<string> = new Set([
  '--comment',
  '--helper',
  '--log-prefix',
  '--nflog-prefix',
]);

/** Options whose value has quotes around it, needed or not. */
const alwaysQuoted: ReadonlySet<string> = new Set([
  '--bytecode',
  '--hex-string',
  '--string',
  '--u32',
]);

/** Options whose value is one word in quotes: it may look like an option, and is none. */
export const quotedOptions: ReadonlySet<string> = new Set([...savedStrings, ...alwaysQuoted]);

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
