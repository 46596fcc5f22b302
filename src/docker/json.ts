// Reading untrusted JSON: every access checks the type and, when it is another, says where.

export type Path = readonly (string | number)[];

type JsonObject = { readonly [key: string]: unknown };

/** A JSON value and how to speak of it. */
export interface Cursor {
  readonly value: unknown;
  readonly path: Path;
  readonly complain: (path: Path, message: string) => undefined;
}

export function at(cursor: Cursor, key: string | number): Cursor {
  const { value } = cursor;
  const own = typeof value === 'object' && value !== null && Object.hasOwn(value, key);
  return {
    ...cursor,
    value: own ? (value as JsonObject)[key] : undefined,
    path: [...cursor.path, key],
  };
}

/** As {@link at}, of a key that has to be there; null counts as being there. */
export function present(cursor: Cursor, key: string): Cursor {
  const found = at(cursor, key);
  if (found.value === undefined) complain(found, 'is missing');
  return found;
}

/** The elements of a list that has to be there. */
export function listAt(cursor: Cursor, key: string): readonly Cursor[] {
  const found = at(cursor, key);
  return isAbsent(found) ? (expected(found, 'a list') ?? []) : elements(found);
}

export function isAbsent(cursor: Cursor): boolean {
  return cursor.value === undefined || cursor.value === null;
}

/** The elements of a list; absent counts as empty. */
export function elements(cursor: Cursor): readonly Cursor[] {
  if (isAbsent(cursor)) return [];
  if (!Array.isArray(cursor.value)) return expected(cursor, 'a list') ?? [];
  return cursor.value.map((_, index) => at(cursor, index));
}

/** The entries of an object in their order; absent counts as empty. */
export function entries(cursor: Cursor): readonly (readonly [string, Cursor])[] {
  if (isAbsent(cursor)) return [];
  if (!isObject(cursor)) return expected(cursor, 'an object') ?? [];
  return Object.keys(cursor.value as JsonObject).map((key) => [key, at(cursor, key)]);
}

export function isObject(cursor: Cursor): boolean {
  return typeof cursor.value === 'object' && cursor.value !== null && !Array.isArray(cursor.value);
}

export function text(cursor: Cursor): string | undefined {
  return typeof cursor.value === 'string' ? cursor.value : expected(cursor, 'text');
}

/** Text, or undefined without a complaint when there is none. */
export function optionalText(cursor: Cursor): string | undefined {
  return isAbsent(cursor) || cursor.value === '' ? undefined : text(cursor);
}

export function truth(cursor: Cursor): boolean | undefined {
  return typeof cursor.value === 'boolean' ? cursor.value : expected(cursor, 'true or false');
}

/** True or false, or undefined without a complaint when there is neither. */
export function optionalTruth(cursor: Cursor): boolean | undefined {
  return isAbsent(cursor) ? undefined : truth(cursor);
}

/** A whole number, or undefined without a complaint when there is none. */
export function optionalInteger(cursor: Cursor): number | undefined {
  return isAbsent(cursor) ? undefined : integer(cursor);
}

export function integer(cursor: Cursor): number | undefined {
  const { value } = cursor;
  return typeof value === 'number' && Number.isSafeInteger(value)
    ? value
    : expected(cursor, 'a whole number');
}

export function complain(cursor: Cursor, message: string): undefined {
  return cursor.complain(cursor.path, message);
}

function expected(cursor: Cursor, what: string): undefined {
  return complain(cursor, cursor.value === undefined ? 'is missing' : `must be ${what}`);
}
