/** Real `iptables-restore --noflush` on text that may be refused, and what it then said. */
import { program } from './iptables.ts';
import type { Family, Variant } from './kernel.ts';
import type { Namespace } from './namespace.ts';

/** How iptables-restore ended, and the 1-based line that it named, or null. */
export interface Ending {
  readonly code: number;
  readonly line: number | null;
}

/** Loads the text into what is there; `flags` such as `--test` come behind `--noflush`. */
export async function restore(
  ns: Namespace,
  variant: Variant,
  family: Family,
  text: string,
  ...flags: readonly string[]
): Promise<Ending> {
  const { code, line } = await restoreWithMessage(ns, variant, family, text, ...flags);
  return { code, line };
}

/** {@link restore}, with what it printed. */
export async function restoreWithMessage(
  ns: Namespace,
  variant: Variant,
  family: Family,
  text: string,
  ...flags: readonly string[]
): Promise<Ending & { readonly message: string }> {
  const args = ['--noflush', '--wait', ...flags];
  const { code, stderr } = await ns.run(program(variant, family, '-restore'), args, {
    input: text,
  });
  const line = /\bline:? (\d+)/.exec(stderr)?.[1];
  return { code, line: line === undefined ? null : Number(line), message: stderr };
}

/** {@link restore} of text that must not be refused. */
export async function mustRestore(
  ns: Namespace,
  variant: Variant,
  family: Family,
  text: string,
  ...flags: readonly string[]
): Promise<void> {
  const args = ['--noflush', '--wait', ...flags];
  await ns.mustRun(program(variant, family, '-restore'), args, { input: text });
}

/** One table's block of a payload: `block('nat', '-A PREROUTING -j ACCEPT')`. */
export function block(table: string, ...lines: readonly string[]): string {
  return [`*${table}`, ...lines, 'COMMIT'].map((line) => `${line}\n`).join('');
}
