/** What the tests of facts share: a filter table made of a few lines, and what is left to say of it. */
import { test } from 'vitest';
import { builtinChains } from '../../src/iptables/ruleset.ts';
import { saved } from './iptables.ts';
import type { Family, Variant } from './kernel.ts';
import type { Namespace } from './namespace.ts';
import { block } from './restore.ts';

export type ByVariant<T> = Readonly<Record<Variant, T>>;

/** A test of what holds in some variants only: elsewhere there is none, rather than a skipped one. */
export function testIf(holds: boolean): (name: string, run: () => Promise<void>) => void {
  return (name, run) => {
    if (holds) test(name, run);
  };
}

export interface At {
  readonly variant: Variant;
  readonly family: Family;
}

/** The filter table with these lines in it; chains that have no header get one. */
export function wholeTable(lines: readonly string[]): string {
  const given = lines.filter((line) => line.startsWith(':'));
  const missing = builtinChains('filter')
    .filter((name) => !given.some((header) => header.startsWith(`:${name} `)))
    .map((name) => `:${name} ACCEPT [0:0]`);
  const rules = lines.filter((line) => !line.startsWith(':'));
  return block('filter', ...missing, ...given, ...rules);
}

/** Everything but what empty tables hold too. */
export async function content(ns: Namespace, { variant, family }: At): Promise<string[]> {
  const lines = await saved(ns, variant, family);
  return lines.filter((line) => !/^(\*.*|COMMIT|:\S+ ACCEPT)$/.test(line));
}
