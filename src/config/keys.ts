// The keys of one YAML mapping, read by a table of fields.
import { isScalar, type Node, type Pair, type YAMLMap } from 'yaml';
import { nearest } from '../diagnostic/nearest.ts';
import type { Place } from '../diagnostic/source.ts';
import type { Decoded, Fields } from './field.ts';
import {
  type Context,
  fault,
  isPlainNode,
  type JsonSchema,
  placeOf,
  type Reader,
} from './reader.ts';

/** Keys of the file format that this version does not compile yet. */
const laterKeys: ReadonlySet<string> = new Set(['vars', 'hosts']);

/**
 * Reads every key and reports every fault.
 *
 * @param at where to say that a key is missing
 * @returns undefined when there was a fault
 */
export function decodeFields<F extends Fields>(
  node: YAMLMap,
  at: Place,
  fields: F,
  context: Context,
): Decoded<F> | undefined {
  const values: Record<string, unknown> = {};
  let sound = true;
  for (const pair of node.items) {
    const key = knownKey(pair, Object.keys(fields), context);
    const field = key === undefined ? undefined : fields[key];
    if (key === undefined || field === undefined) {
      sound = false;
      continue;
    }
    values[key] = decodeValue(pair, key, field.reader, context);
    sound &&= values[key] !== undefined;
  }
  for (const [key, field] of Object.entries(fields)) {
    if (!field.required || node.has(key)) continue;
    const hint = `as in ${key}: ${JSON.stringify(field.example)}`;
    fault(context, at, 'missing-key', `${key} is missing`, hint);
    sound = false;
  }
  return sound ? (values as Decoded<F>) : undefined;
}

/** The JSON Schema of what {@link decodeFields} takes, but for what `required` does not say. */
export function fieldsSchema(fields: Fields): JsonSchema {
  const properties = Object.entries(fields).map(([key, { reader, doc, example }]) => [
    key,
    { description: doc, examples: [example], ...reader.schema },
  ]);
  return {
    type: 'object',
    additionalProperties: false,
    required: Object.keys(fields).filter((key) => fields[key]?.required),
    properties: Object.fromEntries(properties),
  };
}

/** The key, or undefined after having reported that it is none of `known`. */
export function knownKey(
  pair: Pair,
  known: readonly string[],
  context: Context,
): string | undefined {
  const key = textKey(pair, context);
  if (key === undefined || known.includes(key)) return key;
  const at = keyPlace(pair, context);
  if (laterKeys.has(key)) {
    return fault(
      context,
      at,
      'unsupported-key',
      `${key} is not supported by this version of natmap`,
    );
  }
  const near = nearest(key, known);
  const hint = near === null ? `known here: ${known.join(', ')}` : `did you mean ${near}?`;
  return fault(context, at, 'unknown-key', `unknown key ${JSON.stringify(key)}`, hint);
}

/** The key as text, or undefined after having reported that it is something else. */
export function textKey(pair: Pair, context: Context): string | undefined {
  const key = isScalar(pair.key) && typeof pair.key.value === 'string' ? pair.key.value : null;
  if (key === null) {
    return fault(context, keyPlace(pair, context), 'unknown-key', 'a key must be plain text');
  }
  return isPlainNode(pair.key as Node, context) ? key : undefined;
}

/** The value that stands at `key`, read; a key without a value is a fault. */
export function decodeValue<T>(
  pair: Pair,
  key: string,
  reader: Reader<T>,
  context: Context,
): T | undefined {
  const node = valueNode(pair);
  if (node === null || (isScalar(node) && node.value === null)) {
    return fault(context, keyPlace(pair, context), 'wrong-type', `${key} has no value`);
  }
  return reader.read(node, context);
}

export function valueNode(pair: Pair): Node | null {
  return pair.value as Node | null;
}

function keyPlace(pair: Pair, context: Context): Place {
  return pair.key === null
    ? { source: context.source, offset: 0, length: 1 }
    : placeOf(pair.key as Node, context);
}
