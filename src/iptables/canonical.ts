// Rules as iptables-save prints them. The order is that of save_rule and save_matches:
// -s -d -i -o -p, the matches in the order given, then the target.
import { formatNetwork, type Network } from '../net/address.ts';
import type { Family } from '../net/family.ts';
import { parseRule } from './rule.ts';
import type { Negatable, RuleParts, Use } from './rule-parts.ts';
import { printVerbatim, verbatimProblem } from './verbatim.ts';
import { quoteWord } from './words.ts';

export type Canonical =
  /** The specs that the words make, several when they name several addresses. */
  | { readonly kind: 'exact'; readonly specs: readonly string[] }
  /** Kept word for word: only the kernel knows the canonical form. */
  | { readonly kind: 'verbatim'; readonly spec: string }
  | { readonly kind: 'bad'; readonly problem: string };

/** The canonical form of the words after `-A CHAIN`. */
export function canonicalRule(
  words: readonly string[],
  family: Family,
  isChain: (name: string) => boolean,
): Canonical {
  const rule = parseRule(words, family, isChain);
  switch (rule.kind) {
    case 'known':
      return { kind: 'exact', specs: printRule(rule.parts, family) };
    case 'opaque': {
      const problem = verbatimProblem(words);
      return problem === null
        ? { kind: 'verbatim', spec: printVerbatim(words) }
        : { kind: 'bad', problem };
    }
    case 'bad':
      return rule;
  }
}

function printRule(parts: RuleParts, family: Family): string[] {
  const rest = words(
    negatable('-i', parts.inInterface),
    negatable('-o', parts.outInterface),
    negatable('-p', parts.protocol),
    ...parts.matches.map((use) => printUse('-m', use, family)),
    printVerdict(parts, family),
  );
  return orEvery(parts.sources).flatMap((source) =>
    orEvery(parts.destinations).map((destination) =>
      words(printNetwork('-s', source), printNetwork('-d', destination), rest),
    ),
  );
}

function words(...parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join(' ');
}

function orEvery<T>(values: readonly T[]): readonly (T | null)[] {
  return values.length === 0 ? [null] : values;
}

function printNetwork(option: string, match: Negatable<Network> | null): string {
  if (match === null || (match.value.prefix === 0 && !match.inverted)) return '';
  return negatable(option, { inverted: match.inverted, value: formatNetwork(match.value) });
}

function negatable(option: string, match: Negatable<string> | null): string {
  if (match === null) return '';
  return `${match.inverted ? '! ' : ''}${option} ${match.value}`;
}

function printVerdict({ verdict }: RuleParts, family: Family): string {
  switch (verdict?.kind) {
    case undefined:
      return '';
    case 'target':
      return printUse('-j', verdict.use, family);
    case 'jump':
      return `-j ${verdict.chain}`;
    case 'goto':
      return `-g ${verdict.chain}`;
  }
}

function printUse(option: '-m' | '-j', { extension, options }: Use, family: Family): string {
  let text = `${option} ${extension.name}`;
  for (const known of extension.options) {
    const given = options.get(known);
    const value = given?.value ?? known.otherwise?.(family);
    if (value === undefined) continue;
    text += given?.inverted ? ` ! ${known.names[0]}` : ` ${known.names[0]}`;
    if (known.arity > 0 || value !== '') text += ` ${printValue(extension.name, value)}`;
  }
  return text;
}

function printValue(extension: string, value: string): string {
  return extension === 'comment' ? quoteWord(value) : value;
}
