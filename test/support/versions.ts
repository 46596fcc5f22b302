/** Which versions of other people's programs the tests meet on this host, and what follows from it. */
import { spawnSync } from 'node:child_process';

const commands = {
  iptables: 'iptables',
  docker: 'dockerd',
  podman: 'podman',
  systemd: 'systemctl',
} as const;

/** The programs that facts depend on. */
export type Program = keyof typeof commands;

/**
 * What holds for the version that is installed: `before`, or the value of the last row whose version it
 * has reached. Rows ascend: `byVersion('iptables', 'gre', ['1.8.11', '47'])`.
 */
export function byVersion<T>(
  program: Program,
  before: T,
  ...rows: readonly (readonly [version: string, value: T])[]
): T {
  const reached = rows.filter(([version]) => isAtLeast(program, version));
  return reached.at(-1)?.[1] ?? before;
}

/** Whether the version that is installed is this one or a later one; not where there is none. */
export function isAtLeast(program: Program, version: string): boolean {
  const installed = numbers(installedVersion(program));
  for (const [index, number] of numbers(version).entries()) {
    const difference = (installed[index] ?? 0) - number;
    if (difference !== 0) return difference > 0;
  }
  return true;
}

const known = new Map<Program, string>();

/** Such as `1.8.9`; empty where the program is not installed. */
export function installedVersion(program: Program): string {
  const version = known.get(program) ?? askVersion(program);
  known.set(program, version);
  return version;
}

function askVersion(program: Program): string {
  const { stdout } = spawnSync(commands[program], ['--version'], { encoding: 'utf8' });
  return /\d+(\.\d+)*/.exec(stdout ?? '')?.[0] ?? '';
}

function numbers(version: string): readonly number[] {
  return version.split('.').map(Number);
}

/**
 * Whether Docker forwards what others send straight to the address of a container, past its published
 * ports. Version 28 drops it in raw PREROUTING.
 */
export const dockerOpensContainers = !isAtLeast('docker', '28');
