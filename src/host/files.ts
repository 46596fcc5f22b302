// Folders and files, read as sources.
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readSync,
  realpathSync,
  statSync,
} from 'node:fs';
import { join, sep } from 'node:path';
import { Fault } from '../diagnostic/fault.ts';
import type { Source } from '../diagnostic/source.ts';
import { visible } from '../diagnostic/visible.ts';
import { textOf } from '../iptables/bytes.ts';

/** A file or folder that could not be used, and why, in words. */
export class FileFault extends Fault {
  override readonly name = 'FileFault';
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
 * A file's text; `-` is standard input. A byte order mark at its beginning is no part of the text.
 *
 * @throws FileFault when it cannot be read, is no regular file, or is not UTF-8
 */
export function readSource(path: string, name = path): Source {
  const bytes = readBytes(path);
  rejectUtf16(bytes, name);
  try {
    return { name, text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch {
    throw new FileFault(name, 'this is not UTF-8 text', 'save it as UTF-8');
  }
}

/**
 * A file with what iptables-save printed, in any bytes; `-` is standard input.
 *
 * @throws FileFault when it cannot be read, is no regular file, or is UTF-16
 */
export function readSaveText(path: string, name = path): Source {
  const bytes = readBytes(path);
  rejectUtf16(bytes, name);
  return { name, text: textOf(bytes).replace(/^\ufeff/, '') };
}

/** PowerShell's `>` writes UTF-16 with a byte order mark (about_Redirection). */
function rejectUtf16(bytes: Uint8Array, name: string): void {
  const [first, second] = bytes;
  const isMarked = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  // Without the mark: text that begins with an ASCII character has a zero byte beside it.
  const isHalfZero = bytes.length > 1 && (first === 0) !== (second === 0);
  if (!isMarked && !isHalfZero) return;
  const hint = `save it as UTF-8, as iconv -f UTF-16 -t UTF-8 does`;
  throw new FileFault(name, 'this is UTF-16 text, and UTF-8 is expected', hint);
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
      rejectLinkOutside(path, join(path, name));
      files.push(readSource(join(path, name)));
    } catch (error) {
      if (!(error instanceof FileFault)) throw error;
      faults.push(error);
    }
  }
  return { files, faults, others: visible.filter((name) => !name.endsWith(ending)) };
}

/**
 * A message quotes the line at fault, so a link that somebody put into the folder could print any
 * file that the user of natmap can read, as /proc/self/environ. Links within the folder stay allowed.
 */
function rejectLinkOutside(folder: string, path: string): void {
  if (!attempt(path, () => lstatSync(path)).isSymbolicLink()) return;
  const inside = attempt(folder, () => realpathSync(folder));
  const target = attempt(path, () => realpathSync(path));
  if (target.startsWith(inside.endsWith(sep) ? inside : `${inside}${sep}`)) return;
  const reason = 'this symbolic link leads out of the folder, and the file is not read';
  throw new FileFault(path, reason, 'put the file itself there');
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

/** The folder, or the first file in it, that its group or everyone on this host can write to, or null. */
export function sharedPath(folder: string): string | null {
  const paths = [folder, ...(listFolder(folder) ?? []).map((name) => join(folder, name))];
  const isShared = (path: string) => {
    const found = attempt(path, () => statSync(path, { throwIfNoEntry: false }));
    return ((found?.mode ?? 0) & 0o022) !== 0;
  };
  return paths.find(isShared) ?? null;
}

/** Whether everyone on this host can write to a file or folder that exists. */
export function isOpenToAll(path: string): boolean {
  const found = attempt(path, () => statSync(path, { throwIfNoEntry: false }));
  return ((found?.mode ?? 0) & 0o002) !== 0;
}

function readBytes(path: string): Buffer {
  return path === '-'
    ? attempt('standard input', () => readAll(0, 'standard input'))
    : attempt(path, () => readRegular(path));
}

/** A pipe or a device may never come to its end; to open one without a writer does not wait here. */
function readRegular(path: string): Buffer {
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const found = fstatSync(descriptor);
    if (!found.isFile() && !found.isDirectory()) {
      const hint = 'name a regular file; where a flag takes -, that is standard input';
      throw new FileFault(path, 'this is no regular file', hint);
    }
    return readAll(descriptor, path);
  } finally {
    closeSync(descriptor);
  }
}

/** The largest file that is read, in bytes, far above any rule set; Node makes no text above 512 MiB. */
const mostBytes = 256 * 1024 * 1024;

/** To the end, which standard input may never come to. */
function readAll(descriptor: number, name: string): Buffer {
  const chunks: Buffer[] = [];
  for (let left = mostBytes; left >= 0; ) {
    const chunk = Buffer.allocUnsafe(64 * 1024);
    const length = readSync(descriptor, chunk);
    if (length === 0) return Buffer.concat(chunks);
    chunks.push(chunk.subarray(0, length));
    left -= length;
  }
  throw new FileFault(name, `this is more than ${mostBytes / 1024 / 1024} MiB`);
}

export function errorCode(error: unknown): string {
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
