// One rules.d file to its entries. Every fault is reported; an entry with a fault is left out.
import { isMap, isScalar, isSeq, type Node, parseDocument, type YAMLMap } from 'yaml';
import type { Report } from '../diagnostic/diagnostic.ts';
import type { Place, Source } from '../diagnostic/source.ts';
import { toEntry } from './entries.ts';
import {
  type NameSection,
  nameSections,
  type SectionName,
  sections,
  settingSections,
} from './fields.ts';
import { decodeFields, knownKey, valueNode } from './keys.ts';
import { aliasHint, type Context, fault, isPlainNode, placeOf, wrongType } from './reader.ts';
import type { Entry, RuleSet } from './ruleset.ts';
import { hasUniqueKeys } from './unique-keys.ts';

const nothing: RuleSet = { entries: [], acceptMark: null };

export function decodeFile(source: Source, report: Report): RuleSet {
  const context = { source, report };
  // At log level `silent` a second document would be dropped without a word.
  const document = parseDocument(source.text, {
    version: '1.2',
    prettyErrors: false,
    logLevel: 'error',
    // The parser compares each key with all before it, which is quadratic: {@link hasUniqueKeys}.
    uniqueKeys: false,
  });
  for (const error of [...document.errors, ...document.warnings]) {
    const [start, end] = error.pos;
    const at = { source, offset: start, length: Math.max(1, end - start) };
    const hint = error.code === 'BAD_ALIAS' ? aliasHint : undefined;
    fault(context, at, 'yaml-syntax', yamlMessage(error.code, error.message), hint);
  }
  if (document.errors.length > 0 || document.warnings.length > 0) return nothing;
  if (document.schema.name !== 'core') {
    // In YAML 1.1 `no` is false, `22:22` is 1342 and `<<` merges.
    const at = { source, offset: 0, length: 1 };
    fault(context, at, 'yaml-feature', 'a %YAML directive is not allowed; files are YAML 1.2');
    return nothing;
  }
  if (document.contents === null || !hasUniqueKeys(document.contents, context)) return nothing;
  return decodeSections(document.contents, context);
}

function yamlMessage(code: string, message: string): string {
  if (code === 'MULTIPLE_DOCS') return 'one file holds one document';
  return message.startsWith('Maximum call stack') ? 'this is nested too deeply' : message;
}

function decodeSections(contents: Node, context: Context): RuleSet {
  if (isScalar(contents) && contents.value === null) return nothing;
  if (!isPlainNode(contents, context)) return nothing;
  const known = [sections, nameSections, settingSections].flatMap((each) => Object.keys(each));
  if (!isMap(contents)) {
    wrongType(contents, context, `a mapping with ${known.join(', ')}`);
    return nothing;
  }
  const entries: Entry[] = [];
  let acceptMark: RuleSet['acceptMark'] = null;
  let dockerUser: RuleSet['dockerUser'];
  for (const pair of contents.items) {
    const key = knownKey(pair, known, context);
    if (key === 'engine') acceptMark = decodeEngine(valueNode(pair), context);
    else if (key === 'jumps') dockerUser = decodeJumps(valueNode(pair), context);
    else if (key !== undefined) entries.push(...decodeSection(key, valueNode(pair), context));
  }
  return { entries, acceptMark, ...(dockerUser && { dockerUser }) };
}

function decodeEngine(node: Node | null, context: Context): RuleSet['acceptMark'] {
  const map = settingsIn(node, 'accept_mark', context);
  if (map === null) return null;
  const { fields } = settingSections.engine;
  return decodeFields(map, entryPlace(map, context), fields, context)?.accept_mark ?? null;
}

function decodeJumps(node: Node | null, context: Context): RuleSet['dockerUser'] {
  const map = settingsIn(node, 'docker_user', context);
  if (map === null) return undefined;
  const at = entryPlace(map, context);
  const value = decodeFields(map, at, settingSections.jumps.fields, context)?.docker_user;
  return value === undefined ? undefined : { value, at };
}

function settingsIn(node: Node | null, keys: string, context: Context): YAMLMap | null {
  if (node === null || (isScalar(node) && node.value === null)) return null;
  if (!isPlainNode(node, context)) return null;
  if (isMap(node)) return node;
  wrongType(node, context, `a mapping with ${keys}`);
  return null;
}

function decodeSection(kind: string, node: Node | null, context: Context): Entry[] {
  if (node === null || (isScalar(node) && node.value === null)) return [];
  if (!isPlainNode(node, context)) return [];
  if (!isSeq<Node>(node)) {
    wrongType(node, context, `a list of ${kind} entries`, 'begin each entry with "- "');
    return [];
  }
  return node.items.flatMap((item) =>
    Object.hasOwn(nameSections, kind)
      ? (decodeName(kind as NameSection, item, context) ?? [])
      : (decodeEntry(kind as SectionName, item, context) ?? []),
  );
}

function decodeName(kind: NameSection, node: Node, context: Context): Entry | undefined {
  const network = nameSections[kind].reader.read(node, context);
  return network === undefined ? undefined : { kind, at: network.at, name: null, network };
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
