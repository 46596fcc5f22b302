// Which containers a publish entry means, or leaves out.
import { isMap, type Node } from 'yaml';
import { type Decoded, optional } from './field.ts';
import { decodeFields, decodeValue, fieldsSchema, textKey } from './keys.ts';
import { type Context, fault, isPlainNode, placeOf, type Reader, wrongType } from './reader.ts';
import type { RuleSet, Selection } from './ruleset.ts';
import { label, textProblem } from './scalars.ts';

/** Label → glob of its value. */
const labels: Reader<ReadonlyMap<string, string>> = {
  schema: {
    type: 'object',
    propertyNames: { minLength: 1 },
    additionalProperties: label.schema,
    minProperties: 1,
  },
  read(node, context) {
    if (!isPlainNode(node, context)) return undefined;
    if (!isMap(node)) return wrongType(node, context, 'labels with their values: a mapping');
    if (node.items.length === 0) return isEmpty(node, context, 'label needs a label');
    const read = node.items.map((pair) => {
      const key = textKey(pair, context);
      if (key === undefined) return undefined;
      const problem = textProblem(key);
      if (problem !== null) {
        return fault(
          context,
          placeOf(pair.key as Node, context),
          'invalid-text',
          `this key ${problem}`,
        );
      }
      const value = decodeValue(pair, key, label, context);
      return value === undefined ? undefined : ([key, value] as const);
    });
    const sound = read.filter((entry) => entry !== undefined);
    return sound.length === read.length ? new Map(sound) : undefined;
  },
};

const globs = 'In it * stands for any characters and ? for one.';

const selectionFields = {
  name: optional(label, 'web-*', `The name of the container. ${globs}`),
  project: optional(label, 'shop', `The compose project. ${globs}`),
  label: optional(labels, { env: 'prod' }, `Labels and their values. ${globs}`),
};

export const selection: Reader<Selection> = {
  schema: { ...fieldsSchema(selectionFields), minProperties: 1 },
  read(node, context) {
    if (!isPlainNode(node, context)) return undefined;
    if (!isMap(node)) return wrongType(node, context, 'name, project or label: a mapping');
    if (node.items.length === 0) return isEmpty(node, context, 'name, project or label is needed');
    const fields = decodeFields(node, placeOf(node, context), selectionFields, context);
    return fields === undefined ? undefined : toSelection(fields);
  },
};

/** The labels that the rules select by: a snapshot keeps no others, as any may hold a secret. */
export function selectedLabels({ entries }: RuleSet): ReadonlySet<string> {
  const selections = entries.flatMap((entry) =>
    entry.kind === 'publish' ? [entry.select, entry.exclude] : [],
  );
  return new Set(selections.flatMap((each) => [...(each?.labels.keys() ?? [])]));
}

function toSelection(fields: Decoded<typeof selectionFields>): Selection {
  return {
    name: fields.name ?? null,
    project: fields.project ?? null,
    labels: fields.label ?? new Map(),
  };
}

function isEmpty(node: Node, context: Context, message: string): undefined {
  return fault(context, placeOf(node, context), 'missing-key', message);
}
