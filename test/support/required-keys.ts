/** Every key that a JSON Schema requires somewhere in a sample, so that a test can leave each out. */

type Json = Readonly<Record<string, unknown>>;
export type Path = readonly (string | number)[];

/** The path of each required key in `sample`, with its text as a name. */
export function requiredPaths(schema: Json, sample: unknown): (readonly [string, Path])[] {
  const paths = pathsIn(schema, sample, schema);
  // The key that tells what the text is at all.
  return paths
    .filter((path) => path.join() !== 'schema')
    .map((path) => [formatPath(path), path] as const);
}

function pathsIn(schema: Json, sample: unknown, root: Json): Path[] {
  const { $ref, anyOf } = schema;
  if (typeof $ref === 'string') return pathsIn(resolve($ref, root), sample, root);
  if (Array.isArray(anyOf)) return anyOf.flatMap((each) => pathsIn(each, sample, root));
  if (Array.isArray(sample)) {
    const [first] = sample;
    return first === undefined ? [] : below(0, pathsIn(child(schema, 'items'), first, root));
  }
  if (typeof sample !== 'object' || sample === null) return [];
  const required = Array.isArray(schema.required) ? schema.required : [];
  const properties = child(schema, 'properties');
  return [
    ...required.map((key): Path => [key]),
    ...Object.entries(sample).flatMap(([key, value]) =>
      below(key, pathsIn(child(properties, key), value, root)),
    ),
  ];
}

function below(key: string | number, paths: readonly Path[]): Path[] {
  return paths.map((path) => [key, ...path]);
}

function child(schema: Json, key: string): Json {
  return (schema[key] as Json | undefined) ?? {};
}

function resolve(reference: string, root: Json): Json {
  const keys = reference.replace(/^#\//, '').split('/');
  return keys.reduce(child, root);
}

/** `containers[0].published` */
export function formatPath(path: Path): string {
  return path
    .map((key, index) => (typeof key === 'number' ? `[${key}]` : index === 0 ? key : `.${key}`))
    .join('');
}

/** A copy of the value without what is at the path. */
export function without(value: unknown, path: Path): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  if (Array.isArray(value)) {
    return value.map((each, index) => (index === key ? without(each, rest) : each));
  }
  const entries = Object.entries(value as Json);
  return Object.fromEntries(
    entries.flatMap(([name, each]) => {
      if (name !== key) return [[name, each]];
      return rest.length === 0 ? [] : [[name, without(each, rest)]];
    }),
  );
}
