/** Real iptables-save and iptables-restore in a namespace. */
import { type Family, families, type Variant } from './kernel.ts';
import type { Namespace } from './namespace.ts';

/** The name of one of iptables' programs, such as `ip6tables-legacy-save`. */
export function program(variant: Variant, family: Family, suffix = ''): string {
  return `${family === 'ipv4' ? 'iptables' : 'ip6tables'}-${variant}${suffix}`;
}

/** The whole text of iptables-save, with counters. */
export function save(ns: Namespace, variant: Variant, family: Family): Promise<string> {
  return ns.mustRun(program(variant, family, '-save'), ['--counters']);
}

/** The lines of iptables-save without `#` lines and packet counters, as `natmap diff` sees them. */
export async function saved(ns: Namespace, variant: Variant, family: Family): Promise<string[]> {
  return withoutCounters(await save(ns, variant, family));
}

/**
 * What is left of an iptables-save text without `#` lines and packet counters, and without the blank that
 * iptables-nft before 1.8.8 prints behind a rule without a target.
 */
export function withoutCounters(text: string): string[] {
  return text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.replace(/^\[\d+:\d+\] /, '').replace(/^(:.*) \[\d+:\d+\]$/, '$1'))
    .map((line) => line.replace(/ $/, ''));
}

/** Replaces the tables that are named in the text by what it says. */
export async function load(
  ns: Namespace,
  variant: Variant,
  family: Family,
  text: string,
): Promise<void> {
  // With --counters, a built-in chain's header without counters is an error.
  const counters = text.includes('[') ? ['--counters'] : [];
  await ns.mustRun(program(variant, family, '-restore'), [...counters, '--wait'], { input: text });
}

/** Both families of a host at one moment, as {@link saved}. */
export type Saved = Readonly<Record<Family, string[]>>;

/** {@link saved}, both families. */
export async function savedBoth(ns: Namespace, variant: Variant): Promise<Saved> {
  return { ipv4: await saved(ns, variant, 'ipv4'), ipv6: await saved(ns, variant, 'ipv6') };
}

/** Both families with their counters, but without the lines that carry the time. */
export async function savedWithCounters(ns: Namespace, variant: Variant): Promise<Saved> {
  const lines = async (family: Family) =>
    (await save(ns, variant, family)).split('\n').filter((line) => !line.startsWith('#'));
  return { ipv4: await lines('ipv4'), ipv6: await lines('ipv6') };
}

/** Gives iptables (`-t nat -A …`) to both families. */
export async function iptables(ns: Namespace, variant: Variant, args: string): Promise<void> {
  for (const family of families) {
    await ns.mustRun(program(variant, family), ['--wait', ...args.split(' ')]);
  }
}

/** The rules of one chain, in order, as `-A CHAIN …` lines. */
export function chain(lines: readonly string[], table: string, name: string): string[] {
  const start = lines.indexOf(`*${table}`);
  const end = lines.indexOf('COMMIT', start);
  return lines
    .slice(start + 1, end)
    .filter((line) => /^-A /.test(line) && line.split(' ')[1] === name);
}

/** The policies of the built-in chains: `:FORWARD DROP` and the like. */
export function policies(lines: readonly string[]): string[] {
  return lines.filter((line) => /^:\S+ (ACCEPT|DROP)$/.test(line));
}
