/** Files in which a `▸` marks the place that an error message has to name. */

const mark = '▸';

/** Files without their marks, and the marked places as `file:line:column`. */
export interface Marked {
  readonly files: Readonly<Record<string, string>>;
  readonly places: readonly string[];
}

/** Takes the marks out; at most one in a line. */
export function marked(files: Readonly<Record<string, string>>): Marked {
  const entries = Object.entries(files);
  return {
    files: Object.fromEntries(entries.map(([name, text]) => [name, text.replaceAll(mark, '')])),
    places: entries.flatMap(([name, text]) => placesIn(name, text)),
  };
}

function placesIn(name: string, text: string): string[] {
  return text.split('\n').flatMap((line, index) => {
    const column = line.indexOf(mark);
    return column < 0 ? [] : [`${name}:${index + 1}:${column + 1}`];
  });
}
