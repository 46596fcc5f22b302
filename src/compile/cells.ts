// Where claims are filed so that those that meet are found without comparing every pair.
//
// An address and "every address", an interface and `eth+`, a network and a wider one: two such values
// meet exactly when they are the same or one holds the other. A claim is filed at its own value and
// below every wider one; it meets those filed at its value, at a wider one, or below its own.
import { formatNetwork, type Network, widerNetworks } from '../net/address.ts';

/** A value of one dimension, and the wider values that hold it. */
export interface Scope {
  readonly own: string;
  readonly wider: readonly string[];
}

/** Stands for every address, interface or source. */
export const every = '*';

/** The cells that a claim is filed in, one scope a dimension. */
export function filedIn(scopes: readonly Scope[]): string[] {
  return cells(scopes.map(({ own, wider }) => [at(own), ...wider.map(below)]));
}

/** The cells of all claims that meet this one, each of which stands in exactly one of them. */
export function meeting(scopes: readonly Scope[]): string[] {
  return cells(scopes.map(({ own, wider }) => [at(own), ...wider.map(at), below(own)]));
}

/** @param known the values that claims have: no others need to be looked at */
export function interfaceScope(name: string | null, known: ReadonlySet<string>): Scope {
  if (name === null) return { own: every, wider: [] };
  const stem = name.replace(/\+$/, '');
  const wildcards = Array.from(stem, (_, index) => `${stem.slice(0, index + 1)}+`);
  return scope(name, wildcards, known);
}

/** @param prefixes the lengths that `known` networks have */
export function sourceScope(
  network: Network | null,
  known: ReadonlySet<string>,
  prefixes: readonly number[],
): Scope {
  if (network === null) return { own: every, wider: [] };
  const wider = widerNetworks(network, prefixes).map(formatNetwork);
  return scope(formatNetwork(network), wider, known);
}

export function scope(own: string, wider: readonly string[], known: ReadonlySet<string>): Scope {
  return { own, wider: [every, ...wider].filter((each) => each !== own && known.has(each)) };
}

function at(value: string): string {
  return `at ${value}`;
}

function below(value: string): string {
  return `below ${value}`;
}

function cells(dimensions: readonly (readonly string[])[]): string[] {
  return dimensions.reduce<string[]>(
    (rows, values) => rows.flatMap((row) => values.map((value) => `${row}, ${value}`)),
    [''],
  );
}
