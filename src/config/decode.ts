// One rules.d file to its entries. Every fault is reported; an entry with a fault is left out.
import { isMap, isScalar, isSeq, type Node, type Pair, parseDocument, type YAMLMap } from 'yaml';
import type { Report } from '../diagnostic/diagnostic.ts';
import { nearest } from '../diagnostic/nearest.ts';
import type { Place, Source } from '../diagnostic/source.ts';
import { toEntry } from './entries.ts';
import { type Decoded, type Fields, laterKeys, type SectionName, sections } from './fields.ts';
import { type Context, fault, isPlainNode, placeOf, wrongType } from './reader.ts';
import type { Entry } from './ruleset.ts';

export function decodeFile(source: Source, report: Report): Entry[] {
  const context = { source, report };
  // At log level `silent` a second document would be dropped without a word.
  const document = parseDocument(source.text, {
    version: '1.2',
    prettyErrors: false,
    logLevel: 'error',
  });
  for (const error of [...document.errors, ...document.warnings]) {
    const [start, end] = error.pos;
    const at = { source, offset: start, length: Math.max(1, end - start) };
    fault(context, at, 'yaml-syntax', yamlMessage(error.code, error.message));
  }
  if (document.errors.length > 0 || document.warnings.length > 0) return [];
  if (document.schema.name !== 'core') {
    // In YAML 1.1 `no` is false, `22:22` is 1342 and `<<` merges.
    const at = { source, offset: 0, length: 1 };
    fault(context, at, 'yaml-feature', 'a %YAML directive is not allowed; files are YAML 1.2');
    return [];
  }
  return document.contents === null ? [] : decodeSections(document.contents, context);
}

function yamlMessage(code: string, message: string): string {
  return code === 'MULTIPLE_DOCS' ? 'one file holds one document' : message;
}

function decodeSections(contents: Node, context: Context): Entry[] {
  if (isScalar(contents) && contents.value === null) return [];
  if (!isPlainNode(contents, context)) return [];
  if (!isMap(contents)) {
    wrongType(contents, context, `a mapping with ${Object.keys(sections).join(', ')}`);
    return [];
  }
  return contents.items.flatMap((pair) => {
    const key = knownKey(pair, Object.keys(sections), context);
    return key === undefined ? [] : decodeSection(key as SectionName, valueNode(pair), context);
  });
}

function decodeSection(kind: SectionName, node: Node | null, context: Context): Entry[] {
  if (node === null || (isScalar(node) && node.value === null)) return [];
  if (!isPlainNode(node, context)) return [];
  if (!isSeq<Node>(node)) {
    wrongType(node, context, `a list of ${kind} entries`, 'begin each entry with "- "');
    return [];
  }
  return node.items.flatMap((item) => decodeEntry(kind, item, context) ?? []);
}

function decodeEntry(kind: SectionName, node: Node, context: Context): Entry | undefined {
  if (!isPlainNode(node, context)) return undefined;
  if (!isMap(node)) return wrongType(node, context, `a ${kind} entry: a mapping`);
  const at = entryPlace(node, context);
  const values = decodeFields(node, at, sections[kind].fields, context);
  if (values === undefined) return undefined;
  const entry = toEntry(kind, values, at, context);
  return values.enabled === false ? undefined : entry;
}

/** The first key, which is where a reader looks for an entry; its end is of no use to anyone. */
function entryPlace(node: YAMLMap, context: Context): Place {
  return { ...placeOf(node, context), length: 1 };
}

function decodeFields(
  node: YAMLMap,
  at: Place,
  fields: Fields,
  context: Context,
): Decoded<Fields> | undefined {
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
    fault(
      context,
      at,
      'missing-key',
      `${key} is missing`,
      `as in ${key}: ${JSON.stringify(field.example)}`,
    );
    sound = false;
  }
  return sound ? values : undefined;
}

function decodeValue(
  pair: Pair,
  key: string,
  reader: Fields[string]['reader'],
  context: Context,
): unknown {
  const node = valueNode(pair);
  if (node === null || (isScalar(node) && node.value === null)) {
    return fault(context, keyPlace(pair, context), 'wrong-type', `${key} has no value`);
  }
  return reader.read(node, context);
}

function knownKey(pair: Pair, known: readonly string[], context: Context): string | undefined {
  const key = isScalar(pair.key) && typeof pair.key.value === 'string' ? pair.key.value : null;
  const at = keyPlace(pair, context);
  if (key === null) return fault(context, at, 'unknown-key', 'a key must be plain text');
  if (!isPlainNode(pair.key as Node, context)) return undefined;
  if (known.includes(key)) return key;
  if (laterKeys.has(key)) {
    return fault(context, at, 'later-key', `${key} is not supported by this version of natmap`);
  }
  const near = nearest(key, known);
  const hint = near === null ? `known here: ${known.join(', ')}` : `did you mean ${near}?`;
  return fault(context, at, 'unknown-key', `unknown key ${JSON.stringify(key)}`, hint);
}

function keyPlace(pair: Pair, context: Context): Place {
  return pair.key === null
    ? { source: context.source, offset: 0, length: 1 }
    : placeOf(pair.key as Node, context);
}

function valueNode(pair: Pair): Node | null {
  return pair.value as Node | null;
}
