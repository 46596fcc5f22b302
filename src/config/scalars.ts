// Readers of single values: addresses, networks, interfaces, labels, switches.
import { isScalar, type Node, type Scalar } from 'yaml';
import type { Located } from '../diagnostic/source.ts';
import { hasUnseen } from '../diagnostic/visible.ts';
import { type Address, type Network, parseAddress, parseNetwork } from '../net/address.ts';
import { interfaceProblem } from '../net/interface.ts';
import { type Mark, parseMark } from '../net/mark.ts';
import { isPortProblem, parsePort } from '../net/ports.ts';
import { isProtocol, type Protocol, protocols } from '../net/protocol.ts';
import {
  type Context,
  fault,
  isPlainNode,
  placeOf,
  type Reader,
  writtenText,
  wrongType,
} from './reader.ts';

const addressSchema = { type: 'string' } as const;

export const address: Reader<Located<Address>> = {
  schema: addressSchema,
  read: textReader('an IP address', (text, node, context) => {
    const value = parseAddress(text);
    if (value !== null) return { value, at: placeOf(node, context) };
    const hint = parseNetwork(text) ? 'one address is meant here, without a prefix' : addressHint;
    return fault(context, placeOf(node, context), 'bad-address', notA(text, 'an IP address'), hint);
  }),
};

export const network: Reader<Located<Network>> = {
  schema: addressSchema,
  read: textReader('an IP address or network', (text, node, context) => {
    const value = parseNetwork(text);
    if (value !== null) return { value, at: placeOf(node, context) };
    const message = notA(text, 'an IP address or network');
    return fault(context, placeOf(node, context), 'bad-network', message, 'as in 10.0.0.0/24');
  }),
};

export const interfaceName: Reader<string> = {
  schema: { type: 'string', minLength: 1, maxLength: 15 },
  read: textReader('an interface name', (text, node, context) => {
    const problem = interfaceProblem(text);
    return problem === null
      ? text
      : fault(context, placeOf(node, context), 'bad-interface', problem, 'as in eth0 or vmbr+');
  }),
};

export const protocol: Reader<Protocol> = {
  schema: { enum: protocols },
  read: textReader('a protocol', (text, node, context) =>
    isProtocol(text)
      ? text
      : fault(
          context,
          placeOf(node, context),
          'bad-protocol',
          `unknown protocol ${JSON.stringify(text)}`,
          `one of ${protocols.join(', ')}`,
        ),
  ),
};

/** Text that is shown and goes into comments, so it must not be able to draw on a reviewer's screen. */
export const label: Reader<string> = {
  schema: { type: 'string', minLength: 1 },
  read: textReader('text', (text, node, context) => {
    const problem = textProblem(text);
    return problem === null
      ? text
      : fault(context, placeOf(node, context), 'invalid-text', `this text ${problem}`);
  }),
};

/** Text that names something elsewhere, such as a container. */
export const reference: Reader<Located<string>> = {
  schema: label.schema,
  read(node, context) {
    const value = label.read(node, context);
    return value === undefined ? undefined : { value, at: placeOf(node, context) };
  },
};

export const port: Reader<Located<number>> = {
  schema: {
    anyOf: [
      { type: 'integer', minimum: 1, maximum: 65535 },
      { type: 'string', pattern: '^[1-9][0-9]{0,4}$' },
    ],
  },
  read(node, context) {
    const scalar = portScalar(node, context);
    if (scalar === undefined) return undefined;
    const value = parsePort(writtenText(scalar));
    const at = placeOf(node, context);
    return isPortProblem(value) ? fault(context, at, 'bad-port', value.problem) : { value, at };
  },
};

export const flag: Reader<boolean> = {
  schema: { type: 'boolean' },
  read(node, context) {
    if (!isPlainNode(node, context)) return undefined;
    return isScalar(node) && typeof node.value === 'boolean'
      ? node.value
      : wrongType(node, context, 'true or false');
  },
};

export const mark: Reader<Located<Mark>> = {
  schema: {
    anyOf: [
      { type: 'integer', minimum: 1, maximum: 0xffffffff },
      { type: 'string', pattern: '^(0x[0-9a-fA-F]{1,8}|[0-9]+)(/(0x[0-9a-fA-F]{1,8}|[0-9]+))?$' },
    ],
  },
  read(node, context) {
    if (!isPlainNode(node, context)) return undefined;
    if (!isScalar(node) || (typeof node.value !== 'number' && typeof node.value !== 'string')) {
      return wrongType(node, context, 'a mark, as 0x1000000/0x1000000');
    }
    const text = writtenText(node);
    const value = parseMark(text);
    const at = placeOf(node, context);
    return 'problem' in value
      ? fault(context, at, 'bad-mark', `${JSON.stringify(text)} ${value.problem}`)
      : { value, at };
  },
};

/** One of some words. */
export function choice<W extends string>(words: readonly W[]): Reader<W> {
  const expected = words.join(' or ');
  return {
    schema: { enum: words },
    read: textReader(expected, (text, node, context) => {
      const chosen = words.find((word) => word === text);
      if (chosen !== undefined) return chosen;
      return fault(context, placeOf(node, context), 'bad-choice', notA(text, expected));
    }),
  };
}

/** A scalar that may hold ports: a number or text. */
export function portScalar(node: Node, context: Context): Scalar | undefined {
  if (!isPlainNode(node, context)) return undefined;
  if (isScalar(node) && (typeof node.value === 'number' || typeof node.value === 'string')) {
    return node;
  }
  return wrongType(node, context, 'a port: a number or text');
}

/** Why a text must not reach a terminal or a comment, or null when it may. */
export function textProblem(text: string): string | null {
  if (text === '') return 'is empty';
  if (!text.isWellFormed()) return 'is not well-formed Unicode';
  return hasUnseen(text) ? 'contains a control or invisible character' : null;
}

const addressHint = 'dotted decimal without leading zeros, or IPv6; host names are not resolved';

function textReader<T>(
  expected: string,
  parse: (text: string, node: Scalar, context: Context) => T | undefined,
): Reader<T>['read'] {
  return (node, context) => {
    if (!isPlainNode(node, context)) return undefined;
    if (isScalar(node) && typeof node.value === 'string') return parse(node.value, node, context);
    const hint = isScalar(node) && node.value !== null ? 'put it in quotes' : undefined;
    return wrongType(node, context, expected, hint);
  };
}

function notA(text: string, what: string): string {
  return `${JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text)} is not ${what}`;
}
