/** The built program, run as its users run it, in a namespace. */
import { existsSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Variant } from './kernel.ts';
import type { Namespace } from './namespace.ts';
import { type Result, type RunOptions, which } from './process.ts';
import { createWorkspace, type Workspace } from './workspace.ts';

/** The root of the repository, with a slash at its end. */
export const repository = fileURLToPath(new URL('../../', import.meta.url));

/** The bundled program. */
export const natmapPath = `${repository}dist/natmap.js`;

/** As for any program; `user` is the id of someone who is not root. */
export interface NatmapOptions extends RunOptions {
  readonly user?: number;
  /** How many files it may have open. */
  readonly openFiles?: number;
}

/** Runs `natmap` with these arguments. */
export async function natmap(
  ns: Namespace,
  variant: Variant | 'auto',
  args: readonly string[],
  options?: NatmapOptions,
): Promise<Result> {
  if (options?.user === undefined) {
    const limit = options?.openFiles === undefined ? [] : limited(options.openFiles);
    const [program, ...rest] = [...limit, ...natmapCommand(variant, args)];
    return ns.run(program, rest, options);
  }
  const { user } = options;
  const become = [`--reuid=${user}`, `--regid=${user}`, '--clear-groups'];
  const command = natmapCommand(variant, args, readableNatmap());
  // The folder that the tests run in may be closed to that user, too.
  return ns.run(which('setpriv'), [...become, ...command], { cwd: tmpdir(), ...options });
}

function limited(openFiles: number): readonly [string, ...string[]] {
  return [which('prlimit'), `--nofile=${openFiles}`];
}

/** The command line of `natmap` with these arguments. */
export function natmapCommand(
  variant: Variant | 'auto',
  args: readonly string[],
  path = natmapPath,
): readonly [string, ...string[]] {
  if (!existsSync(natmapPath)) throw new Error(`${natmapPath} is missing: npm run build`);
  const [name = '', ...flags] = args;
  const host = withoutHost.has(name) ? [] : ['--backend', variant];
  return [process.execPath, path, name, ...host, ...flags];
}

let readable: Workspace | null = null;

/** A copy of the program that every user can read: the repository may stand in a folder of root's own. */
export function readableNatmap(): string {
  readable ??= createWorkspace({ 'natmap.js': readFileSync(natmapPath, 'utf8') });
  return readable.file('natmap.js');
}

/** Commands that ask no iptables. */
const withoutHost: ReadonlySet<string> = new Set(['history', 'confirm', 'schema', 'snapshot']);

/** Runs `natmap` and fails with all that it printed unless it exits 0. */
export async function mustNatmap(
  ns: Namespace,
  variant: Variant | 'auto',
  args: readonly string[],
  options?: NatmapOptions,
): Promise<Result> {
  const result = await natmap(ns, variant, args, options);
  if (result.code === 0) return result;
  throw new Error(
    `natmap ${args.join(' ')}: exit ${result.code}\n${result.stdout}${result.stderr}`,
  );
}
