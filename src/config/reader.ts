// How one YAML value becomes one typed value: a reader pairs the decoding with the JSON Schema of
// what it takes, so that the two cannot drift apart.
import { isAlias, isMap, isScalar, isSeq, type Node, type Scalar } from 'yaml';
import type { DiagnosticCode, Report } from '../diagnostic/diagnostic.ts';
import type { Place, Source } from '../diagnostic/source.ts';

export type JsonSchema = { readonly [keyword: string]: unknown };

/** Where values are read from and where their faults go. */
export interface Context {
  readonly source: Source;
  readonly report: Report;
}

export interface Reader<T> {
  readonly schema: JsonSchema;
  /** @returns undefined when the node is not what it should be, after having reported why */
  read(node: Node, context: Context): T | undefined;
}

export function placeOf(node: Node, { source }: Context): Place {
  const [start, end] = node.range ?? [0, 0];
  return { source, offset: start, length: Math.max(1, end - start) };
}

export function fault(
  context: Context,
  at: Place,
  code: DiagnosticCode,
  message: string,
  hint?: string,
): undefined {
  context.report({
    code,
    severity: 'error',
    message,
    at,
    ...(hint === undefined ? {} : { hint }),
  });
  return undefined;
}

/** What people call the node. */
function describe(node: Node): string {
  if (isMap(node)) return 'a mapping';
  if (isSeq(node)) return 'a list';
  if (isAlias(node)) return 'an alias';
  if (!isScalar(node)) return 'something else';
  if (node.value === null) return 'nothing';
  if (typeof node.value === 'string') return 'text';
  return typeof node.value === 'boolean' ? 'true or false' : 'a number';
}

export const aliasHint = 'text that begins with * stands in quotes';

/** Reports anchors, aliases and tags: with them a value would not be what stands on its line. */
export function isPlainNode(node: Node, context: Context): boolean {
  const at = placeOf(node, context);
  if (isAlias(node)) {
    const message = `alias *${node.source} is not allowed; write the value out`;
    fault(context, at, 'yaml-feature', message, aliasHint);
    return false;
  }
  if ('anchor' in node && node.anchor) {
    const place = placeOfProperties(at);
    fault(context, place, 'yaml-feature', `anchor &${node.anchor} is not allowed`);
    return false;
  }
  if (node.tag) {
    const tag = node.tag.replace('tag:yaml.org,2002:', '!!');
    const message = `tag ${tag} is not allowed; natmap knows the types`;
    fault(context, placeOfProperties(at), 'yaml-feature', message);
    return false;
  }
  return true;
}

/** An anchor and a tag stand before their node, perhaps on the line above, and outside its range. */
function placeOfProperties({ source, offset, length }: Place): Place {
  const last = propertyBefore(source.text, offset);
  if (last === null) return { source, offset, length };
  const first = propertyBefore(source.text, last.start) ?? last;
  return { source, offset: first.start, length: last.end - first.start };
}

/** The word behind which, but for blanks, `at` is, if it is one: from its `&` or `!` on. */
function propertyBefore(
  text: string,
  at: number,
): { readonly start: number; readonly end: number } | null {
  let end = at;
  while (end > 0 && isBlank(text.charAt(end - 1))) end--;
  let begin = end;
  while (begin > 0 && !isBlank(text.charAt(begin - 1))) begin--;
  const mark = text.slice(begin, end).search(/[&!]/);
  return end === at || mark < 0 ? null : { start: begin + mark, end };
}

function isBlank(character: string): boolean {
  return /\s/.test(character);
}

export function wrongType(
  node: Node,
  context: Context,
  expected: string,
  hint?: string,
): undefined {
  const message = `expected ${expected}, found ${describe(node)}`;
  return fault(context, placeOf(node, context), 'wrong-type', message, hint);
}

/** The characters of a scalar as they were written: `080` stays `080`, whatever YAML makes of it. */
export function writtenText(node: Scalar): string {
  return typeof node.value === 'string' ? node.value : (node.source ?? String(node.value));
}

/**
 * Gives the places of `text.slice(from, to)` within the scalar, where escapes and folds do not blur
 * them: its text is compared once, however many places are asked for.
 */
export function placesWithin(node: Scalar, context: Context): (from: number, to: number) => Place {
  const whole = placeOf(node, context);
  const text = writtenText(node);
  const quote = node.type === 'QUOTE_DOUBLE' || node.type === 'QUOTE_SINGLE' ? 1 : 0;
  const start = whole.offset + quote;
  const isAsWritten = context.source.text.startsWith(text, start);
  return (from, to) =>
    isAsWritten
      ? { source: whole.source, offset: start + from, length: Math.max(1, to - from) }
      : whole;
}
