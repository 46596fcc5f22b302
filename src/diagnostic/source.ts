// Where something stands in a text that a person wrote. Offsets are kept to the end of the pipeline
// and become lines and columns only when they are printed.

/** A text and the name that messages call it by. */
export interface Source {
  readonly name: string;
  readonly text: string;
  /** A text that may hold secrets: no line of it is shown. */
  readonly confidential?: true;
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

/** 1-based line and column (in UTF-16 code units), and the whole line: `''` where it is confidential. */
export interface HumanPlace {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly lineText: string;
}

export function humanPlace({ source, offset }: Place): HumanPlace {
  const { text, name, confidential = false } = source;
  const { line, column, start, end } = positionAt(source, offset);
  const lineText = confidential ? '' : withoutReturn(text.slice(start, end));
  return { file: name, line, column, lineText };
}

/** 1-based, in UTF-16 code units; the end column is the one behind the last. */
export interface HumanRange {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

export function humanRange({ source, offset, length }: Place): HumanRange {
  const { line, column } = positionAt(source, offset);
  const end = positionAt(source, offset + length);
  return { file: source.name, line, column, endLine: end.line, endColumn: end.column };
}

/** `start` and `end` are those of the line, without its line break. */
function positionAt(source: Source, at: number) {
  const offset = Math.min(at, source.text.length);
  const starts = lineStarts(source);
  const line = lastAtOrBefore(starts, offset);
  const start = starts[line] ?? 0;
  const next = starts[line + 1];
  const end = next === undefined ? source.text.length : next - 1;
  return { line: line + 1, column: offset - start + 1, start, end };
}

function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}

/** Where the lines of a source begin: ten thousand warnings share one look at it. */
const startsOf = new WeakMap<Source, readonly number[]>();

function lineStarts(source: Source): readonly number[] {
  const known = startsOf.get(source);
  if (known !== undefined) return known;
  const starts = [0];
  for (let at = source.text.indexOf('\n'); at >= 0; at = source.text.indexOf('\n', at + 1)) {
    starts.push(at + 1);
  }
  startsOf.set(source, starts);
  return starts;
}

/** Index of the last of the increasing numbers that is not above `value`. */
function lastAtOrBefore(numbers: readonly number[], value: number): number {
  let [low, high] = [0, numbers.length];
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if ((numbers[middle] ?? 0) <= value) low = middle;
    else high = middle;
  }
  return low;
}

/** `file:line:column` */
export function formatPlace(place: Place): string {
  const { file, line, column } = humanPlace(place);
  return `${file}:${line}:${column}`;
}

/** Equal for places that begin alike: what is wrong there needs telling once. */
export function placeKey({ source, offset }: Place): string {
  return `${source.name}:${offset}`;
}

/** The start of a source, for what is wrong with the whole of it. */
export function startOf(source: Source): Place {
  return { source, offset: 0, length: 0 };
}
