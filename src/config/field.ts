// What a table of fields is made of: it drives the decoder, the JSON Schema and the reference.
import type { Reader } from './reader.ts';

/** One key of a mapping. `example` is a value as it would stand in JSON. */
export interface Field<T> {
  readonly reader: Reader<T>;
  readonly required: boolean;
  readonly doc: string;
  readonly example: unknown;
}

export type Fields = Readonly<Record<string, Field<unknown>>>;

/** What a mapping of these fields decodes to: absent keys are undefined. */
export type Decoded<F extends Fields> = {
  readonly [K in keyof F]: F[K] extends Field<infer T> ? T | undefined : never;
};

export function required<T>(reader: Reader<T>, example: unknown, doc: string): Field<T> {
  return { reader, required: true, doc, example };
}

export function optional<T>(reader: Reader<T>, example: unknown, doc: string): Field<T> {
  return { reader, required: false, doc, example };
}
