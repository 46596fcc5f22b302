/** The real `natmap doctor`, and the commands that it prints carried out as a person would. */
import { chmodSync } from 'node:fs';
import { afterAll } from 'vitest';
import type { Finding } from '../../src/doctor/finding.ts';
import type { Variant } from './kernel.ts';
import type { Namespace } from './namespace.ts';
import { type NatmapOptions, natmap, natmapPath } from './natmap.ts';
import { createWorkspace } from './workspace.ts';

/** What `natmap doctor --json` says. */
export interface Diagnosis {
  readonly code: number;
  readonly findings: readonly Reported[];
  readonly unread: readonly { readonly what: string; readonly reason: string }[];
}

export interface Reported extends Pick<Finding, 'code' | 'severity' | 'message' | 'commands'> {
  readonly mappings: readonly { readonly mapping: string; readonly line: number }[];
}

export async function diagnose(
  ns: Namespace,
  variant: Variant,
  args: readonly string[],
  options?: NatmapOptions,
): Promise<Diagnosis> {
  const command = ['doctor', '--json', ...args];
  const { code, stdout, stderr } = await natmap(ns, variant, command, options);
  if (stdout === '') throw new Error(`natmap ${command.join(' ')}: exit ${code}\n${stderr}`);
  return { code, ...JSON.parse(stdout) };
}

/** The codes of what is found. */
export async function codesFound(
  ...given: Parameters<typeof diagnose>
): Promise<readonly string[]> {
  return (await diagnose(...given)).findings.map(({ code }) => code);
}

/** The one finding of this code. */
export function findingOf({ findings }: Diagnosis, code: string): Reported {
  const those = findings.filter((finding) => finding.code === code);
  const [finding] = those;
  if (finding !== undefined && those.length === 1) return finding;
  throw new Error(`${those.length} times ${code} in ${JSON.stringify(findings, null, 2)}`);
}

/** Pastes the commands of a finding into a shell in the namespace, one after the other. */
export async function fix(
  ns: Namespace,
  { commands }: Pick<Reported, 'commands'>,
  env: Readonly<Record<string, string>> = {},
): Promise<void> {
  if (commands.length === 0) throw new Error('there is no command that fixes it');
  const path = `${commandFolder()}:${process.env.PATH ?? ''}`;
  for (const command of commands) {
    await ns.mustRun('bash', ['--norc', '-c', command], { env: { ...env, PATH: path } });
  }
}

let folder: string | null = null;

/** A folder with `natmap` in it. */
function commandFolder(): string {
  if (folder !== null) return folder;
  const files = createWorkspace({
    'bin/natmap': `#!/bin/sh\nexec ${process.execPath} ${natmapPath} "$@"\n`,
  });
  chmodSync(files.file('bin/natmap'), 0o755);
  afterAll(() => {
    folder = null;
    files[Symbol.dispose]();
  });
  folder = files.file('bin');
  return folder;
}
