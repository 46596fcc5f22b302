// Readers of values that may be one or several: ports, protocols, sources.
import { isCollection, isScalar, isSeq, type Node } from 'yaml';
import type { Located } from '../diagnostic/source.ts';
import { isPortProblem, type PortRange, parsePortRange } from '../net/ports.ts';
import {
  type Context,
  fault,
  isPlainNode,
  placeOf,
  placesWithin,
  type Reader,
  writtenText,
  wrongType,
} from './reader.ts';
import { network, portScalar, protocol } from './scalars.ts';

const portTextSchema = { type: 'string', pattern: '^[0-9,:\\- ]+$' } as const;
const portNumberSchema = { type: 'integer', minimum: 1, maximum: 65535 } as const;

/** `25`, `"25,465,8000-8010"`, or a list of either. */
export const ports: Reader<readonly Located<PortRange>[]> = {
  schema: oneOrMore({ anyOf: [portNumberSchema, portTextSchema] }),
  read: (node, context) =>
    flatten(items(node, context, 'ports'), (item) => portItems(item, context)),
};

export const protocolList = listOf(protocol, 'protocols');

export const networkList = listOf(network, 'networks');

/** One value of `reader`, or a list of at least one. */
export function listOf<T>(reader: Reader<T>, what: string): Reader<readonly T[]> {
  return {
    schema: oneOrMore(reader.schema),
    read: (node, context) =>
      flatten(items(node, context, what), (item) => {
        const value = reader.read(item, context);
        return value === undefined ? undefined : [value];
      }),
  };
}

function oneOrMore(schema: object) {
  return { anyOf: [schema, { type: 'array', items: schema, minItems: 1 }] };
}

function items(node: Node, context: Context, what: string): readonly Node[] | undefined {
  if (!isPlainNode(node, context)) return undefined;
  if (!isCollection(node)) return [node];
  if (!isSeq<Node>(node)) return wrongType(node, context, `${what}: one or a list`);
  if (node.items.length === 0) {
    return fault(context, placeOf(node, context), 'wrong-type', `the list of ${what} is empty`);
  }
  return node.items;
}

/** Reads every item, so that one bad item does not hide the faults of the next. */
function flatten<T>(
  nodes: readonly Node[] | undefined,
  read: (node: Node) => readonly T[] | undefined,
): readonly T[] | undefined {
  if (nodes === undefined) return undefined;
  const values = nodes.map(read);
  return values.some((value) => value === undefined)
    ? undefined
    : values.flatMap((value) => value ?? []);
}

function portItems(node: Node, context: Context): readonly Located<PortRange>[] | undefined {
  const scalar = portScalar(node, context);
  if (scalar === undefined || !isScalar(node)) return undefined;
  const text = writtenText(scalar);
  const placeOfPart = placesWithin(scalar, context);
  let offset = 0;
  const values = text.split(',').map((part) => {
    const [, indent = '', word = ''] = /^( *)(.*?) *$/s.exec(part) ?? [];
    const from = offset + indent.length;
    offset += part.length + 1;
    const at = placeOfPart(from, from + word.length);
    const value = parsePortRange(word);
    return isPortProblem(value) ? fault(context, at, 'bad-port', value.problem) : { value, at };
  });
  const good = values.filter((value) => value !== undefined);
  return good.length === values.length ? good : undefined;
}
