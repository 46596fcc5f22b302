/** The built program, run as its users run it, in a namespace. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Variant } from './kernel.ts';
import type { Namespace } from './namespace.ts';
import { type Result, type RunOptions, which } from './process.ts';

/** The root of the repository, with a slash at its end. */
export const repository = fileURLToPath(new URL('../../', import.meta.url));

/** The bundled program. */
export const natmapPath = `${repository}dist/natmap.js`;

/** As for any program; `user` is the id of someone who is not root. */
export interface NatmapOptions extends RunOptions {
  readonly user?: number;
}

/** Runs `natmap` with these arguments. */
export async function natmap(
  ns: Namespace,
  variant: Variant,
  args: readonly string[],
  options?: NatmapOptions,
): Promise<Result> {
  const [first = '', ...rest] = [...become(options?.user), ...natmapCommand(variant, args)];
  return ns.run(first, rest, options);
}

/** The command line of `natmap` with these arguments. */
export function natmapCommand(
  variant: Variant,
  args: readonly string[],
): readonly [string, ...string[]] {
  if (!existsSync(natmapPath)) throw new Error(`${natmapPath} is missing: npm run build`);
  const [name = '', ...flags] = args;
  const host = withoutHost.has(name) ? [] : ['--backend', variant];
  return [process.execPath, natmapPath, name, ...host, ...flags];
}

/** Commands that ask no iptables. */
const withoutHost: ReadonlySet<string> = new Set(['history', 'confirm', 'schema', 'snapshot']);

/** Runs `natmap` and fails with all that it printed unless it exits 0. */
export async function mustNatmap(
  ns: Namespace,
  variant: Variant,
  args: readonly string[],
  options?: NatmapOptions,
): Promise<Result> {
  const result = await natmap(ns, variant, args, options);
  if (result.code === 0) return result;
  throw new Error(
    `natmap ${args.join(' ')}: exit ${result.code}\n${result.stdout}${result.stderr}`,
  );
}

function become(user: number | undefined): string[] {
  if (user === undefined) return [];
  return [which('setpriv'), `--reuid=${user}`, `--regid=${user}`, '--clear-groups'];
}
