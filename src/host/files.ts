// Folders and files, read as sources.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '../diagnostic/fault.ts';
import type { Source } from '../diagnostic/source.ts';
import { visible } from '../diagnostic/visible.ts';
import { textOf } from '../iptables/bytes.ts';

/** A file or folder that could not be used, and why, in words. */
export class FileFault extends Fault {
  readonly path: string;

  constructor(path: string, reason: string, hint = `see what ${path} is`) {
    super(`${path === '' ? "''" : visible(path)}: ${reason}`, hint);
    this.path = path;
  }
}

/**
 * The names in a folder, by their bytes.
 *
 * @returns null when there is no such folder
 * @throws FileFault when it cannot be read
 */
export function listFolder(path: string): string[] | null {
  try {
    const names = readdirSync(path);
    return names.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
    throw faultOf(path, error);
  }
}

/**
 * A file's text; `-` is standard input.
 *
 * @throws FileFault when it cannot be read or is not UTF-8
 */
export function readSource(path: string, name = path): Source {
  const bytes = readBytes(path);
  try {
    return { name, text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch {
    throw new FileFault(name, 'this is not UTF-8 text', 'save it as UTF-8');
  }
}

/**
 * A file with what iptables-save printed, in any bytes; `-` is standard input.
 *
 * @throws FileFault when it cannot be read
 */
export function readSaveText(path: string, name = path): Source {
  return { name, text: textOf(readBytes(path)) };
}

export interface Folder {
  /** The files whose names end as asked for, by the bytes of their names. */
  readonly files: readonly Source[];
  /** Those of them that cannot be read. */
  readonly faults: readonly FileFault[];
  /** All other names. */
  readonly others: readonly string[];
}

/**
 * The files of a folder whose names end in `ending`.
 *
 * @returns null when there is no such folder
 * @throws FileFault when the folder cannot be read
 */
export function readFolder(path: string, ending: string): Folder | null {
  const names = listFolder(path);
  if (names === null) return null;
  const visible = names.filter((name) => !name.startsWith('.'));
  const files: Source[] = [];
  const faults: FileFault[] = [];
  for (const name of visible.filter((each) => each.endsWith(ending))) {
    try {
      files.push(readRegular(join(path, name)));
    } catch (error) {
      if (!(error instanceof FileFault)) throw error;
      faults.push(error);
    }
  }
  return { files, faults, others: visible.filter((name) => !name.endsWith(ending)) };
}

/** As {@link readSource}, but a pipe or a device, which may never come to its end, is refused. */
function readRegular(path: string): Source {
  const found = attempt(path, () => statSync(path));
  if (found.isFile() || found.isDirectory()) return readSource(path);
  throw new FileFault(path, 'this is no regular file', 'put one in its place');
}

/**
 * Refuses a folder that others than its owner and root can change: what stands in it will run with
 * our rights.
 *
 * @throws FileFault
 */
export function refuseIfSharedWith(path: string, uid: number): void {
  for (const each of [path, ...(listFolder(path) ?? []).map((name) => join(path, name))]) {
    const { mode, uid: owner } = attempt(each, () => statSync(each));
    if ((mode & 0o022) !== 0)
      throw new FileFault(
        each,
        'others can write to it, and templates are code',
        `chmod go-w ${each}`,
      );
    if (owner !== 0 && owner !== uid)
      throw new FileFault(
        each,
        `it belongs to user ${owner}, and templates are code`,
        `chown root ${each}, if you trust what is in it`,
      );
  }
}

/** Whether everyone on this host can write to a file or folder that exists. */
export function isOpenToAll(path: string): boolean {
  const found = attempt(path, () => statSync(path, { throwIfNoEntry: false }));
  return ((found?.mode ?? 0) & 0o002) !== 0;
}

function readBytes(path: string): Buffer {
  return path === '-'
    ? attempt('standard input', () => readFileSync(0))
    : attempt(path, () => readFileSync(path));
}

function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

/** What the system calls fail with, and what helps. */
const reasons: Readonly<Record<string, readonly [reason: string, hint: string]>> = {
  ENOENT: ['no such file', 'correct the name, or make the file'],
  EACCES: ['permission denied', 'run natmap as a user who may, as with sudo'],
  EEXIST: ['this is not a folder', 'name a folder'],
  EISDIR: ['this is a folder', 'name a file'],
  ENOTDIR: ['this is not a folder', 'name a folder'],
  EROFS: ['the file system is read-only', 'name another place'],
  ELOOP: ['symbolic links lead round in a circle here', 'name another place'],
  ENAMETOOLONG: ['the name is too long', 'choose a shorter one'],
  ENOSPC: ['no space is left on the disk', 'make room, or name another place'],
};

/** What `act` gives; when it fails, why, in words. */
export function attempt<T>(path: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (error instanceof FileFault) throw error;
    throw faultOf(path, error);
  }
}

/** As `attempt`, for what makes a file or a folder in a folder that is there. */
export function attemptToMake<T>(what: 'file' | 'folder', path: string, act: () => T): T {
  return attempt(path, () => {
    try {
      return act();
    } catch (error) {
      // So say /proc and /sys.
      if (!['ENOENT', 'EPERM'].includes(errorCode(error))) throw error;
      throw new FileFault(path, `no ${what} can be made here`, 'name another place');
    }
  });
}

function faultOf(path: string, error: unknown): FileFault {
  const known = reasons[errorCode(error)];
  if (known !== undefined) return new FileFault(path, ...known);
  return new FileFault(path, error instanceof Error ? error.message : String(error));
}
