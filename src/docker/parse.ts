// A text to a JSON value that complains of itself, and nothing of the text in any complaint.
import { isNode, parseDocument } from 'yaml';
import { clip } from '../diagnostic/clip.ts';
import type { DiagnosticCode, Report } from '../diagnostic/diagnostic.ts';
import { type Place, type Source, startOf } from '../diagnostic/source.ts';
import type { Cursor, Path } from './json.ts';
import { oneList } from './one-list.ts';

/**
 * Reads a text as JSON. Nothing that is reported of it quotes it: `docker inspect` prints the
 * environment and the arguments of every container.
 *
 * @returns a cursor at the root, or null after having reported that it is no JSON
 */
export function parseJson(given: Source, report: Report): Cursor | null {
  const source: Source = { ...given, confidential: true };
  try {
    const value: unknown = JSON.parse(source.text);
    return { value, path: [], complain: complainer(source, report) };
  } catch (error) {
    const joined = oneList(source.text);
    if (joined !== null) return parseJson({ ...given, text: joined }, report);
    const message = error instanceof Error ? error.message : String(error);
    const position = /at position (\d+)/.exec(message)?.[1];
    const offset = position === undefined ? tokensEnd(source.text) : Number(position);
    // V8 quotes the text around the fault, which may be a secret.
    const reason = message.replace(/ in JSON at position.*$|, (?:\.\.\.)?".*$/s, '');
    report({
      code: 'snapshot-syntax',
      severity: 'error',
      message: `this is not JSON: ${reason}`,
      at: { source, offset, length: 1 },
      hint: 'natmap snapshot or docker inspect print what is expected here',
    });
    return null;
  }
}

/**
 * Reads what a program printed as JSON. There is no file that a person could look into, so what is
 * reported has no place.
 *
 * @returns as {@link parseJson}
 */
export function parseOutput(text: string, program: string, report: Report): Cursor | null {
  const say = (code: DiagnosticCode, message: string) =>
    report({ code, severity: 'error', message: `what ${program} printed: ${message}`, at: null });
  try {
    const value: unknown = JSON.parse(text);
    const complain: Cursor['complain'] = (path, message) =>
      void say('snapshot-shape', `${formatPath(path)} ${message}`.slice(0, longestMessage));
    return { value, path: [], complain };
  } catch {
    say('snapshot-syntax', 'this is not JSON');
    return null;
  }
}

/** Where the text stops being tokens of JSON: V8 does not say where an unexpected token stands. */
function tokensEnd(text: string): number {
  const token =
    /\s*(?:[[\]{}:]|,(?!\s*[\]}])|"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)/sy;
  let end = 0;
  while (token.test(text)) end = token.lastIndex;
  return end + text.slice(end).search(/\S|$/);
}

function complainer(source: Source, report: Report): Cursor['complain'] {
  const locate = locator(source);
  return (path, message) => {
    const subject = path.length === 0 ? 'the snapshot' : formatPath(path);
    const text = `${subject} ${message}`.slice(0, longestMessage);
    report({ code: 'snapshot-shape', severity: 'error', message: text, at: locate(path) });
    return undefined;
  };
}

/** Characters of a message: a value that it repeats may be a megabyte. */
const longestMessage = 500;

/** Above this many characters, the second parse that finds a line costs more than the line is worth. */
const locatable = 4_000_000;

/** Faults that get a place of their own: in an object, a key is found by looking through all. */
const locatedFaults = 100;

/** Finds a path in the text by reading it again as YAML, whose nodes know their places. */
function locator(source: Source): (path: Path) => Place {
  if (source.text.length > locatable) return () => startOf(source);
  let document: ReturnType<typeof parseDocument> | undefined;
  let faults = 0;
  return (path) => {
    faults += 1;
    if (faults > locatedFaults) return startOf(source);
    document ??= parseDocument(source.text, { logLevel: 'silent', uniqueKeys: false });
    for (let length = path.length; length >= 0; length--) {
      const node = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
      if (isNode(node) && node.range) {
        return {
          source,
          offset: node.range[0],
          length: Math.max(1, node.range[1] - node.range[0]),
        };
      }
    }
    return startOf(source);
  };
}

/** `a[0].b`, as JavaScript would say it, of long keys the beginning. */
function formatPath(path: Path): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`;
    return text === '' ? clip(key) : `${text}.${clip(key)}`;
  }, '');
}
