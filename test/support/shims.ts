/**
 * Programs put first in PATH, in place of iptables' own: one kind writes down each call and passes it
 * on, the other fails with what iptables would have said. A rehearsal, which has an xtables lock of its
 * own, gets the true programs: it cannot reach the rules that a test looks at.
 */
import { chmodSync, readFileSync } from 'node:fs';
import { program } from './iptables.ts';
import { families, variants } from './kernel.ts';
import { which } from './process.ts';
import { createWorkspace, type Workspace } from './workspace.ts';

/** A folder for the front of PATH. */
export interface Shims extends Disposable {
  readonly folder: string;
  readonly env: { readonly PATH: string };
  /** The calls written down so far, such as `iptables-nft-restore --noflush`. */
  calls(): string[];
}

/** Every name under which a ruleset can be changed. */
const writers = families.flatMap((family) => {
  const plain = family === 'ipv4' ? 'iptables' : 'ip6tables';
  return [plain, ...variants.map((variant) => program(variant, family))].flatMap((name) => [
    name,
    `${name}-restore`,
  ]);
});

/** Writes down every call of a program that can change a ruleset. */
export function recordingShims(): Shims {
  return shims(writers, (name) => `exec ${which(name)} "$@"`);
}

/** Lets the programs with these names run this shell script; `$REAL` is the true program. */
export function scriptedShims(names: readonly string[], script: string): Shims {
  return shims(names, (name) => `REAL=${which(name)}\n${script}`);
}

function shims(names: readonly string[], body: (name: string) => string): Shims {
  const files = createWorkspace({ calls: '' });
  for (const name of names) install(files, name, body(name));
  return {
    folder: files.file('bin'),
    env: { PATH: `${files.file('bin')}:${process.env.PATH ?? ''}` },
    calls: () => readFileSync(files.file('calls'), 'utf8').split('\n').filter(Boolean),
    [Symbol.dispose]: () => files[Symbol.dispose](),
  };
}

function install(files: Workspace, name: string, body: string): void {
  const record = `echo "${name} $*" >> ${files.file('calls')}`;
  const rehearsal = `case "$XTABLES_LOCKFILE" in /proc/*) exec ${which(name)} "$@" ;; esac`;
  files.write({ [`bin/${name}`]: `#!/bin/sh\n${rehearsal}\n${record}\n${body}\n` });
  chmodSync(files.file(`bin/${name}`), 0o755);
}
