/** Holds what a command prints as JSON against the schema of its version in `schema/`. */
import { readFileSync } from 'node:fs';
import { Ajv, type Options } from 'ajv';
import { repository } from './natmap.ts';

/**
 * Parses the text and checks it against `schema/NAME.schema.json`, where NAME is its `schema` with a
 * dot for the slash.
 *
 * @throws Error with every fault that the schema finds
 */
export function validJson(text: string): unknown {
  const content: unknown = JSON.parse(text);
  const { schema } = content as { schema: string };
  const faults = faultsAgainst(schema)(content);
  if (faults !== null) throw new Error(faults);
  return content;
}

/** What is wrong with a value, a line a fault, or null. */
export type Faults = (content: unknown) => string | null;

/** @param options for schemas of other people, which may break rules that ours keep */
export function schemaFaults(
  schema: object,
  options: Options = { strict: true, allowUnionTypes: true },
): Faults {
  const ajv = new Ajv({ allErrors: true, ...options });
  const accepts = ajv.compile(schema);
  return (content) =>
    accepts(content) ? null : ajv.errorsText(accepts.errors, { separator: '\n' });
}

const known = new Map<string, Faults>();

function faultsAgainst(name: string): Faults {
  const path = `${repository}schema/${name.replace('/', '.')}.schema.json`;
  const faults = known.get(name) ?? schemaFaults(JSON.parse(readFileSync(path, 'utf8')));
  known.set(name, faults);
  return faults;
}
