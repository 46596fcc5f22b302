// Kernel settings: the files below /proc/sys.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = '/proc/sys';

/**
 * The settings of the paths, `net/ipv4/ip_forward` and the like, without line breaks. One that the
 * kernel does not have is left out.
 */
export function readSysctls(paths: readonly string[]): ReadonlyMap<string, string> {
  const settings = paths.flatMap((path): [string, string][] => {
    const value = readSetting(path);
    return value === null ? [] : [[path, value]];
  });
  return new Map(settings);
}

function readSetting(path: string): string | null {
  try {
    return readFileSync(join(root, path), 'utf8').trim();
  } catch {
    return null;
  }
}
