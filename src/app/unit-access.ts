// Whether natmap.service can read at boot what a command of root's reads now.
import { existsSync, realpathSync } from 'node:fs';
import type { ClosedPath } from '../diagnostic/closed-path.ts';
import type { Report } from '../diagnostic/diagnostic.ts';
import { visible } from '../diagnostic/visible.ts';
import { FileFault } from '../host/files.ts';
import { closedToUnit } from '../host/unit-access.ts';
import type { InputOptions } from './options.ts';

/** The folder that natmap.service applies. */
export const systemRules = '/etc/natmap/rules.d';

/**
 * What the unit cannot read: of the rules folder and of what is given with it.
 *
 * @returns null where the rules are not those of the unit, or natmap does not run as root
 */
export function closedPaths(
  rules: string,
  { docker, templates }: Pick<InputOptions, 'docker' | 'templates'>,
): readonly ClosedPath[] | null {
  if (process.getuid?.() !== 0 || !isSystemRules(rules)) return null;
  const snapshot = docker === undefined || docker === 'live' || docker === '-' ? [] : [docker];
  try {
    return [
      ...closedToUnit(rules, '.yaml'),
      ...snapshot.flatMap((path) => closedToUnit(path, '')),
      ...(templates === undefined ? [] : closedToUnit(templates, '.njk')),
    ];
  } catch (error) {
    // Anyone who reads it says what is wrong with it.
    if (error instanceof FileFault) return null;
    throw error;
  }
}

export function reportClosed(
  rules: string,
  options: Pick<InputOptions, 'docker' | 'templates'>,
  report: Report,
): void {
  for (const closed of closedPaths(rules, options) ?? []) {
    const path = visible(closed.path);
    const [reason, hint] =
      closed.kind === 'home'
        ? ['it runs with ProtectHome=tmpfs', 'put it below /etc/natmap']
        : [
            `it belongs to user ${closed.owner} with mode ${octal(closed.mode)}, and the unit runs without CAP_DAC_OVERRIDE`,
            `chown root ${path}`,
          ];
    const message = `natmap.service cannot read ${path}: ${reason}`;
    report({ code: 'closed-to-unit', severity: 'warning', message, at: null, hint });
  }
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}

function isSystemRules(rules: string): boolean {
  if (!existsSync(rules) || !existsSync(systemRules)) return false;
  return realpathSync(rules) === realpathSync(systemRules);
}
