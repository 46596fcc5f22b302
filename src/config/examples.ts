// The examples of the tables as YAML, for the reference and the man page.
import type { Fields } from './field.ts';

/** An entry of the keys that it cannot do without; where one of two will do, the first. */
export function exampleEntry(section: string, fields: Fields): string[] {
  const keys = Object.keys(fields);
  const [first] = keys;
  const needed = keys.filter((key) => key === first || fields[key]?.required);
  return [
    `${section}:`,
    ...needed.map(
      (key, at) => `${at === 0 ? '  - ' : '    '}${key}: ${flow(fields[key]?.example)}`,
    ),
  ];
}

/** YAML's flow style, with blanks that a line can be broken at. */
export function flow(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flow).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  return `{${Object.entries(value)
    .map(([key, each]) => `${key}: ${flow(each)}`)
    .join(', ')}}`;
}
