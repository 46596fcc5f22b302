// The JSON Schema (draft-07, as yaml-language-server wants it) of a rules.d file, from the same
// tables that the decoder runs on.
import { exampleValues } from './examples.ts';
import type { Fields } from './field.ts';
import { nameSections, sections, settingSections } from './fields.ts';
import { fieldsSchema } from './keys.ts';
import type { JsonSchema } from './reader.ts';

export function rulesSchema(): JsonSchema {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    $id: 'rules.schema.json',
    title: 'natmap rules.d file',
    type: ['object', 'null'],
    additionalProperties: false,
    properties: {
      ...mapValues(sections, ({ doc, fields }) => ({
        description: doc,
        examples: [[exampleValues(fields)]],
        type: ['array', 'null'],
        items: { ...fieldsSchema(fields), ...alternatives(fields) },
      })),
      ...mapValues(nameSections, ({ doc, example, reader }) => ({
        description: doc,
        examples: [[example]],
        type: ['array', 'null'],
        items: { ...reader.schema, examples: [example] },
      })),
      ...mapValues(settingSections, ({ doc, fields }) => ({
        description: doc,
        examples: [exampleValues(fields)],
        ...fieldsSchema(fields),
        type: ['object', 'null'],
      })),
    },
  };
}

/** The combinations of keys that `entries.ts` asks for. */
function alternatives(fields: Fields): JsonSchema {
  if ('target_ip' in fields) {
    return {
      oneOf: [{ required: ['container'] }, { required: ['target_ip'] }],
      dependencies: { network: ['container'], balance: ['container'], when_stopped: ['container'] },
    };
  }
  if ('addresses' in fields) {
    const labels = {
      properties: {
        from: { const: 'labels', description: 'Needed by addresses.', examples: ['labels'] },
      },
    };
    return { anyOf: [{ not: { required: ['addresses'] } }, labels] };
  }
  if ('int_ip' in fields && 'container' in fields) {
    return {
      oneOf: [{ required: ['int_ip'] }, { required: ['container'] }, { required: ['network'] }],
      dependencies: { int_ip: ['ext_if'] },
    };
  }
  return 'local' in fields ? { anyOf: [{ required: ['ext_ip'] }, { required: ['ext_if'] }] } : {};
}

function mapValues<T, U>(record: Readonly<Record<string, T>>, change: (value: T) => U) {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}
