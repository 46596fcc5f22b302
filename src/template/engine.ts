// nunjucks, set up so that nothing passes silently and nothing but the given texts is ever read.
import nunjucks from 'nunjucks';
import type { Report } from '../diagnostic/diagnostic.ts';
import { nearest } from '../diagnostic/nearest.ts';
import { type Place, type Source, startOf } from '../diagnostic/source.ts';
import { quoteWord } from '../iptables/words.ts';
import { builtinTemplates, type CompiledTemplate } from './builtin.ts';
import { unknownNames } from './names.ts';
import options from './nunjucks.json' with { type: 'json' };
import { type TemplateName, templateNames, type View } from './views.ts';

export interface Templates {
  /** @returns what the template prints, or null after having reported why it cannot */
  render(view: View): string | null;
  source(name: TemplateName): Source;
  /** The user's files that no template is and none includes. */
  unused(): readonly Source[];
}

/**
 * Puts `own` before the built-in templates, file by file, and checks the names in them: those in the
 * built-in ones are right.
 */
export function createTemplates(own: readonly Source[], report: Report): Templates {
  const sources = new Map<string, Source | CompiledTemplate>(
    builtinTemplates.map((source) => [baseName(source), source]),
  );
  for (const source of own) sources.set(baseName(source), source);
  const loader = new MemoryLoader(sources);
  const environment = new nunjucks.Environment(loader, options);
  environment.addFilter('quote', quote);
  for (const source of own) check(source, environment, report);
  const sourceOf = (name: string) => sources.get(name) ?? { name, text: '' };
  const broken = new Set<string>();
  return {
    render(view) {
      const file = `${view.template}.njk`;
      if (broken.has(file)) return null;
      try {
        return environment.getTemplate(file).render(view.values);
      } catch (error) {
        // One report is enough: 10,000 mappings would fail alike.
        broken.add(file);
        reportFailure(error, sourceOf, file, view, report);
        return null;
      }
    },
    source: (name) => sourceOf(`${name}.njk`),
    unused: () => own.filter((source) => !loader.loaded.has(baseName(source)) && !isKnown(source)),
  };
}

/** Serves templates from memory: an include cannot reach a file that was not given. */
class MemoryLoader extends nunjucks.Loader {
  readonly loaded = new Set<string>();
  private readonly sources: ReadonlyMap<string, Source | CompiledTemplate>;

  constructor(sources: ReadonlyMap<string, Source | CompiledTemplate>) {
    super();
    this.sources = sources;
  }

  /** Its types leave out null, by which nunjucks itself tells what may be missing from what may not. */
  getSource(name: string): nunjucks.LoaderSource {
    const source = this.sources.get(name);
    if (source === undefined) return null as unknown as nunjucks.LoaderSource;
    this.loaded.add(name);
    // The types of nunjucks know of texts only; its own PrecompiledLoader gives code in this way.
    const code = 'code' in source ? { type: 'code', obj: source.code } : source.text;
    return { src: code as string, path: name, noCache: false };
  }
}

/** What is nothing is no word either: nunjucks refuses to print it, and so does this. */
function quote(value: unknown): string {
  if (value === null || value === undefined) throw new RangeError('there is nothing to quote');
  return quoteWord(String(value));
}

function check(source: Source, environment: nunjucks.Environment, report: Report): void {
  try {
    checkNames(source, environment, report);
    // An include that does not compile would fail only after its template is rendered, without it.
    new nunjucks.Template(source.text, environment, baseName(source), true);
  } catch (error) {
    const { at, message } = readError(error, () => source, baseName(source));
    report({ code: 'template-error', severity: 'error', message, at });
  }
}

/** @throws Error when the template does not parse */
function checkNames(source: Source, environment: nunjucks.Environment, report: Report): void {
  const names = variablesOf(source);
  const isFilter = (name: string) => hasFilter(environment, name);
  for (const { kind, name, line, column } of unknownNames(source.text, names, options, isFilter)) {
    const near = nearest(name, names);
    const known =
      kind === 'variable'
        ? `known here: ${names.join(', ')}`
        : 'known: quote, and those of nunjucks';
    report({
      code: 'template-unknown-name',
      severity: 'error',
      message: `unknown ${kind} ${JSON.stringify(name)}`,
      at: placeAt(source, line, column, name.length),
      hint: near === null || kind !== 'variable' ? known : `did you mean ${near}?`,
    });
  }
}

/** A file that only others include may use whatever any template has. */
function variablesOf(source: Source): readonly string[] {
  const name = baseName(source).replace(/\.njk$/, '');
  return Object.hasOwn(templateNames, name)
    ? templateNames[name as TemplateName]
    : [...new Set(Object.values(templateNames).flat())];
}

function isKnown(source: Source): boolean {
  return Object.hasOwn(templateNames, baseName(source).replace(/\.njk$/, ''));
}

function hasFilter(environment: nunjucks.Environment, name: string): boolean {
  try {
    return environment.getFilter(name) !== undefined;
  } catch {
    return false;
  }
}

function reportFailure(
  error: unknown,
  sourceOf: (name: string) => Source,
  file: string,
  view: View,
  report: Report,
): void {
  const { at, message } = readError(error, sourceOf, file);
  const related = view.origin === null ? [] : [{ message: 'for this entry', at: view.origin.at }];
  report({ code: 'template-error', severity: 'error', message, at, related });
}

/**
 * nunjucks says where in its text: `(FILE) [Line N, Column M]`, then the reason on lines below. Of an
 * include, its own stands last.
 */
function readError(
  error: unknown,
  sourceOf: (name: string) => Source,
  file: string,
): { at: Place; message: string } {
  const text = error instanceof Error ? error.message : String(error);
  const name = [...text.matchAll(/^[^()]*\(([^()]+\.njk)\)/gm)].at(-1)?.[1] ?? file;
  const position = [...text.matchAll(/\[Line (\d+), Column (\d+)\]/g)].at(-1);
  const source = sourceOf(name);
  const reason = text
    .replace(/^(\s*Template render error: )?\([^()]*\)/gm, '')
    .replace(/\[Line \d+, Column \d+\]/g, '')
    .replace(/^\s*(Template render error:|Error:|RangeError:)/gm, '')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join(': ');
  // The parser's own errors carry the place, and do not say it in their text.
  const { lineno, colno } = error as { readonly lineno?: number; readonly colno?: number };
  const [line, column] = [Number(position?.[1] ?? lineno), Number(position?.[2] ?? colno)];
  const isPlaced = line > 0 && column > 0;
  const at = isPlaced ? placeAt(source, line - 1, column - 1, 1) : startOf(source);
  return { at, message: reason };
}

/** The place at a 0-based line and column. */
function placeAt(source: Source, line: number, column: number, length: number): Place {
  let offset = 0;
  for (let left = line; left > 0; left--) {
    const next = source.text.indexOf('\n', offset);
    if (next < 0) break;
    offset = next + 1;
  }
  return { source, offset: offset + Math.max(0, column), length };
}

function baseName({ name }: Source): string {
  return name.slice(name.lastIndexOf('/') + 1);
}
