// What natmap.service cannot read: it is root without CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH, so owner and
// mode count for it (capabilities(7)), and with ProtectHome=tmpfs it sees no home (systemd.exec(5)).
import { realpathSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { ClosedPath } from '../diagnostic/closed-path.ts';
import { attempt, listFolder } from './files.ts';

/**
 * @param path a file, or a folder whose files with names that end in `ending` are read
 * @throws FileFault when it cannot be looked at
 */
export function closedToUnit(path: string, ending: string): readonly ClosedPath[] {
  const folder = foldersAbove(path).find((each) => isClosed(each, search));
  if (folder !== undefined) return [describe(folder)];
  const target = attempt(path, () => realpathSync(path));
  if (/^\/(home|root|run\/user)\//.test(target)) return [{ kind: 'home', path: target }];
  if (!attempt(path, () => statSync(path)).isDirectory()) {
    return isClosed(path, read) ? [describe(path)] : [];
  }
  if (isClosed(path, read | search)) return [describe(path)];
  const names = (listFolder(path) ?? []).filter((name) => name.endsWith(ending));
  return names
    .filter((name) => !name.startsWith('.'))
    .flatMap((name) => closedToUnit(join(path, name), ending));
}

const read = 0o4;
const search = 0o1;

/** The folders on the way to a path, as it is written and as its links lead, from the root on. */
function foldersAbove(path: string): readonly string[] {
  const target = attempt(path, () => realpathSync(path));
  return [...new Set([...ancestors(resolve(path)), ...ancestors(target)])];
}

function ancestors(path: string): readonly string[] {
  const above = dirname(path);
  return above === path ? [] : [...ancestors(above), above];
}

/** Whether user and group 0 lack one of the `bits`, of which the first class that fits decides (path_resolution(7)). */
function isClosed(path: string, bits: number): boolean {
  const { mode, uid, gid } = attempt(path, () => statSync(path));
  const own = uid === 0 ? mode >> 6 : gid === 0 ? mode >> 3 : mode;
  return (own & bits) !== bits;
}

function describe(path: string): ClosedPath {
  const { mode, uid } = attempt(path, () => statSync(path));
  return { kind: 'mode', path, owner: uid, mode: mode & 0o777 };
}
