/** The iptables that is installed here: facts about it are tables by version. */
import { spawnSync } from 'node:child_process';
import { isAtLeast } from '../../src/iptables/printer.ts';

/** As in `1.8.9`; both variants come in one package. */
export const installedVersion: string =
  /v(\d+(?:\.\d+)+)/.exec(
    spawnSync('iptables-nft', ['--version'], { encoding: 'utf8' }).stdout,
  )?.[1] ?? 'none';

/** Whether that version or a later one is installed. */
export function hasIptables(version: string): boolean {
  return isAtLeast(installedVersion, version);
}

/**
 * What holds of the version that is installed: the row of the latest version that is not later than it.
 *
 * @param rows by the version that each holds from
 */
export function ofVersion<T>(rows: Readonly<Record<string, T>>): T {
  const [row] = Object.entries(rows)
    .filter(([version]) => hasIptables(version))
    .sort(([a], [b]) => (isAtLeast(a, b) ? -1 : 1));
  if (row === undefined) throw new Error(`nothing is known of iptables ${installedVersion}`);
  return row[1];
}
