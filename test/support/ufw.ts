/** A real ufw in a network namespace, with configuration of its own. */
import { cpSync, existsSync, readFileSync } from 'node:fs';
import type { Namespace } from './namespace.ts';
import { which } from './process.ts';
import { createWorkspace } from './workspace.ts';

export function ufwReason(): string | null {
  return existsSync('/usr/sbin/ufw') && existsSync('/etc/ufw/after.rules')
    ? null
    : 'there is no ufw';
}

export interface Ufw extends Disposable {
  /** Runs `ufw`, as `ufw reload`. */
  run(...args: readonly string[]): Promise<string>;
}

/**
 * @param after lines at the end of after.rules, where ufw-docker has its own
 */
export function prepareUfw(host: Namespace, after: string): Ufw {
  const files = createWorkspace({});
  cpSync('/etc/ufw', files.file('ufw'), { recursive: true });
  // Settings of the kernel are the test's own.
  const defaults = readFileSync('/etc/default/ufw', 'utf8').replace(
    /^IPT_SYSCTL=.*$/m,
    'IPT_SYSCTL=',
  );
  const rules = readFileSync('/etc/ufw/after.rules', 'utf8');
  files.write({ 'default-ufw': defaults, 'ufw/after.rules': `${rules}\n${after}` });
  const script =
    'mount --bind "$0/ufw" /etc/ufw && mount --bind "$0/default-ufw" /etc/default/ufw && exec ufw "$@"';
  return {
    run: (...args) =>
      host.mustRun(which('unshare'), [
        '--mount',
        'sh',
        '-c',
        script,
        files.path,
        '--force',
        ...args,
      ]),
    [Symbol.dispose]: () => files[Symbol.dispose](),
  };
}
