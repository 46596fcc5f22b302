// The examples of the tables, for the schema, and as YAML for the reference and the man page.
import type { Fields } from './field.ts';

/** An entry of the keys that it cannot do without; where one of two will do, the first. */
export function exampleEntry(section: string, fields: Fields): string[] {
  const entry = Object.entries(exampleValues(fields));
  return [
    `${section}:`,
    ...entry.map(([key, value], at) => `${at === 0 ? '  - ' : '    '}${key}: ${flow(value)}`),
  ];
}

/** The same, as it would stand in JSON. */
export function exampleValues(fields: Fields): Readonly<Record<string, unknown>> {
  const [first] = Object.keys(fields);
  // An address needs the interface.
  const goesWith = first === 'int_ip' ? 'ext_if' : first;
  const needed = Object.entries(fields).filter(
    ([key, field]) => key === first || key === goesWith || field.required,
  );
  return Object.fromEntries(needed.map(([key, { example }]) => [key, example]));
}

/** YAML's flow style, with blanks that a line can be broken at. */
export function flow(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flow).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  return `{${Object.entries(value)
    .map(([key, each]) => `${key}: ${flow(each)}`)
    .join(', ')}}`;
}
