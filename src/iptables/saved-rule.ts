// A rule as iptables-save prints it, read for what it matches and where it leads. Reads any rule: what
// is not understood is noted as such, and makes the packets of the rule unknown.
import { type Network, parseNetwork } from '../net/address.ts';
import type { Extension, Option } from './extensions/extension.ts';
import { readMatches } from './extensions/index.ts';
import type { Negatable } from './rule-parts.ts';
import { savedWords, styleOf } from './saved-words.ts';

export interface SavedRule {
  readonly source: Negatable<Network> | null;
  readonly destination: Negatable<Network> | null;
  readonly inInterface: Negatable<string> | null;
  readonly outInterface: Negatable<string> | null;
  readonly protocol: Negatable<string> | null;
  readonly matches: readonly SavedMatch[];
  /** Whether every word before the target is accounted for. */
  readonly isUnderstood: boolean;
  readonly verdict: SavedVerdict | null;
}

/** A match with its options as they stand. */
export interface SavedMatch {
  readonly extension: Extension;
  readonly options: ReadonlyMap<Option, Negatable<string>>;
}

/** `name` is a chain or a target, `options` the target's own words. */
export interface SavedVerdict {
  readonly kind: 'jump' | 'goto';
  readonly name: string;
  readonly options: readonly string[];
}

type Open = {
  -readonly [Key in Exclude<keyof SavedRule, 'matches'>]: SavedRule[Key];
} & { readonly matches: OpenMatch[] };

interface OpenMatch extends SavedMatch {
  readonly options: Map<Option, Negatable<string>>;
}

/** @param spec what follows `-A CHAIN` */
export function readSavedRule(spec: string): SavedRule {
  const words = savedWords(spec);
  const rule: Open = {
    source: null,
    destination: null,
    inInterface: null,
    outInterface: null,
    protocol: null,
    matches: [],
    isUnderstood: true,
    verdict: null,
  };
  let inverted = false;
  for (let index = 0; index < words.length; ) {
    const word = words[index] ?? '';
    if (word === '!') {
      inverted = true;
      index += 1;
      continue;
    }
    if (word === '-j' || word === '-g') {
      const kind = word === '-j' ? 'jump' : 'goto';
      rule.verdict = { kind, name: words[index + 1] ?? '', options: words.slice(index + 2) };
      break;
    }
    index += 1 + readWord(rule, word, words.slice(index + 1, index + 3), inverted);
    inverted = false;
  }
  return rule;
}

/** @returns how many of the words behind it belong to the word */
function readWord(rule: Open, word: string, next: readonly string[], inverted: boolean): number {
  const [value = ''] = next;
  switch (word) {
    case '-s':
      rule.source = readNetwork(rule, value, inverted);
      return 1;
    case '-d':
      rule.destination = readNetwork(rule, value, inverted);
      return 1;
    case '-i':
      rule.inInterface = { inverted, value };
      return 1;
    case '-o':
      rule.outInterface = { inverted, value };
      return 1;
    case '-p':
      rule.protocol = { inverted, value };
      return 1;
    case '-m':
      openMatch(rule, value);
      return 1;
    default:
      return readOption(rule, word, next, inverted);
  }
}

function readNetwork(rule: Open, text: string, inverted: boolean): Negatable<Network> | null {
  const network = parseNetwork(text);
  if (network === null) rule.isUnderstood = false;
  return network === null ? null : { inverted, value: network };
}

function openMatch(rule: Open, name: string): void {
  const extension = readMatches.get(name);
  if (extension === undefined) rule.isUnderstood = false;
  else rule.matches.push({ extension, options: new Map() });
}

/** In saved text, options stand behind the match that they belong to. */
function readOption(rule: Open, word: string, next: readonly string[], inverted: boolean): number {
  const match = rule.matches.at(-1);
  const option = match?.extension.options.find(({ names }) => names[0] === word);
  if (match === undefined || option === undefined) {
    rule.isUnderstood = false;
    // A text or a name may look like an option, and is none.
    return styleOf(word, '') === 'unknown' ? 0 : 1;
  }
  match.options.set(option, { inverted, value: next.slice(0, option.arity).join(' ') });
  return option.arity;
}
