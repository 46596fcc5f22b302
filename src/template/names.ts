// Names that a template uses and that nothing defines. nunjucks itself finds them only where they
// are printed: in `{% if %}` and `{% for %}` a misspelt name would pass silently as false or empty.
import nunjucks from 'nunjucks';

/** A name that is not known, at its 0-based line and column. */
export interface UnknownName {
  readonly kind: 'variable' | 'filter' | 'test';
  readonly name: string;
  readonly line: number;
  readonly column: number;
}

/** The parts of nunjucks' syntax tree that are looked at (nunjucks/src/nodes.js). */
interface SyntaxNode {
  readonly typename: string;
  readonly lineno: number;
  readonly colno: number;
  readonly fields: readonly string[];
  readonly children?: readonly unknown[];
  readonly [field: string]: unknown;
}

interface Internals {
  readonly parser: { parse(text: string, extensions: [], options: object): SyntaxNode };
}

/** What nunjucks defines within templates: its globals, and names that exist inside of a tag. */
const given = ['range', 'cycler', 'joiner', 'loop', 'caller', 'super', 'varargs', 'kwargs'];

/**
 * @param isFilter tells the names of filters
 * @throws Error when the template does not parse; its message holds `[Line n, Column m]`
 */
export function unknownNames(
  text: string,
  variables: readonly string[],
  options: { readonly trimBlocks: boolean; readonly lstripBlocks: boolean },
  isFilter: (name: string) => boolean,
): UnknownName[] {
  const tree = (nunjucks as unknown as Internals).parser.parse(text, [], options);
  const nodes = [...walk(tree)];
  const known = new Set([...given, ...variables, ...nodes.flatMap(definedBy)]);
  const filters = new Set(
    nodes.filter((node) => node.typename === 'Filter').map((node) => node.name),
  );
  return nodes.flatMap((node): UnknownName[] => {
    if (node.typename !== 'Symbol' || typeof node.value !== 'string') return [];
    const isFilterName = filters.has(node);
    if (isFilterName ? isFilter(node.value) : known.has(node.value)) return [];
    const kind = isFilterName ? 'filter' : 'variable';
    return [{ kind, name: node.value, line: node.lineno, column: node.colno }];
  });
}

/** Every node that holds a value: names of blocks, tests and keyword arguments are none. */
function* walk(node: SyntaxNode): Generator<SyntaxNode> {
  yield node;
  for (const field of node.fields) {
    if (node.typename === 'Block' && field === 'name') continue;
    if (node.typename === 'Is' && field === 'right') continue;
    if (node.typename === 'Pair' && field === 'key') continue;
    const value = node[field];
    if (isSyntaxNode(value)) yield* walk(value);
    else if (Array.isArray(value))
      yield* value.filter(isSyntaxNode).flatMap((item) => [...walk(item)]);
  }
}

function definedBy(node: SyntaxNode): string[] {
  switch (node.typename) {
    case 'Set':
      return symbols(node.targets);
    case 'For':
      return symbols(node.name);
    case 'Macro':
    case 'Caller':
      return [...symbols(node.name), ...symbols(node.args)];
    case 'Import':
      return symbols(node.target);
    case 'FromImport':
      return symbols(node.names);
    default:
      return [];
  }
}

/** The names in a symbol, a list of them, or pairs (`a as b`, `argument=default`). */
function symbols(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(symbols);
  if (!isSyntaxNode(value)) return [];
  if (value.typename === 'Symbol') return [String(value.value)];
  if (value.typename === 'Pair') return [...symbols(value.key), ...symbols(value.value)];
  return symbols(value.children);
}

function isSyntaxNode(value: unknown): value is SyntaxNode {
  return typeof value === 'object' && value !== null && 'typename' in value && 'fields' in value;
}
