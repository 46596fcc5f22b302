// Rules that name an object which exists in one network namespace only, beside its rules.
import { savedWords } from './saved-words.ts';

/** By match or target: iptables-extensions(8). */
const objects: ReadonlyMap<string, string> = new Map([
  ['set', 'an ipset'],
  ['SET', 'an ipset'],
  ['nfacct', 'an nfacct object'],
  ['rateest', 'a rate estimator'],
]);

const mention = new RegExp([...objects.keys()].join('|'));

/** What the rule needs of the namespace that it is loaded in, or null. */
export function neededObject(spec: string): string | null {
  if (!mention.test(spec)) return null;
  const words = savedWords(spec);
  const names = words.map((word, index) => usedExtension(word, words[index + 1] ?? ''));
  return names.map((name) => objects.get(name)).find((object) => object !== undefined) ?? null;
}

/** The match or target that an option names, glued to it or in the next word (getopt_long(3)). */
function usedExtension(word: string, next: string): string {
  if (/^(-[mj]|--match|--jump)$/.test(word)) return next;
  return /^(?:-[mj]|--match=|--jump=)(.+)$/.exec(word)?.[1] ?? '';
}
