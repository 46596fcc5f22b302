// Where something stands in a text that a person wrote. Offsets are kept to the end of the pipeline
// and become lines and columns only when they are printed.

/** A text and the name that messages call it by. */
export interface Source {
  readonly name: string;
  readonly text: string;
}

/** `length` UTF-16 code units of a source from `offset`. */
export interface Place {
  readonly source: Source;
  readonly offset: number;
  readonly length: number;
}

/** A value that knows where it was written. */
export interface Located<T> {
  readonly value: T;
  readonly at: Place;
}

/** 1-based line and column (in UTF-16 code units), and the whole line. */
export interface HumanPlace {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly lineText: string;
}

export function humanPlace(place: Place): HumanPlace {
  const { text, name } = place.source;
  const offset = Math.min(place.offset, text.length);
  const start = offset === 0 ? 0 : text.lastIndexOf('\n', offset - 1) + 1;
  const end = text.indexOf('\n', offset);
  let line = 1;
  for (let at = text.indexOf('\n'); at >= 0 && at < offset; at = text.indexOf('\n', at + 1)) line++;
  return {
    file: name,
    line,
    column: offset - start + 1,
    lineText: text.slice(start, end < 0 ? undefined : end).replace(/\r$/, ''),
  };
}

/** `file:line:column` */
export function formatPlace(place: Place): string {
  const { file, line, column } = humanPlace(place);
  return `${file}:${line}:${column}`;
}

/** The start of a source, for what is wrong with the whole of it. */
export function startOf(source: Source): Place {
  return { source, offset: 0, length: 0 };
}
