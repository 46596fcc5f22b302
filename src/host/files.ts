// Folders and files, read as sources.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '../diagnostic/fault.ts';
import type { Source } from '../diagnostic/source.ts';

/** A file or folder that could not be used, and why, in words. */
export class FileFault extends Fault {
  readonly path: string;

  constructor(path: string, reason: string) {
    super(`${path}: ${reason}`);
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
    throw new FileFault(path, reasonOf(error));
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
    throw new FileFault(name, 'this is not UTF-8 text');
  }
}

/** The files of a folder whose names end in `ending`, by the bytes of their names. */
export function readFolder(
  path: string,
  ending: string,
): { files: Source[]; others: string[] } | null {
  const names = listFolder(path);
  if (names === null) return null;
  const visible = names.filter((name) => !name.startsWith('.'));
  const files = visible.filter((name) => name.endsWith(ending));
  return {
    files: files.map((name) => readSource(join(path, name))),
    others: visible.filter((name) => !name.endsWith(ending)),
  };
}

/**
 * Refuses a folder that others than its owner and root can change: what stands in it will run with
 * our rights.
 *
 * @throws FileFault
 */
export function refuseIfSharedWith(path: string, uid: number): void {
  for (const each of [path, ...(listFolder(path) ?? []).map((name) => join(path, name))]) {
    const { mode, uid: owner } = statSync(each);
    if ((mode & 0o022) !== 0)
      throw new FileFault(each, 'others can write to it, and templates are code');
    if (owner !== 0 && owner !== uid)
      throw new FileFault(each, `it belongs to user ${owner}, and templates are code`);
  }
}

function readBytes(path: string): Buffer {
  try {
    return readFileSync(path === '-' ? 0 : path);
  } catch (error) {
    throw new FileFault(path === '-' ? 'standard input' : path, reasonOf(error));
  }
}

function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  EACCES: 'permission denied',
  EISDIR: 'this is a folder',
  ENOTDIR: 'this is not a folder',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space is left on the disk',
};

/** What went wrong with a file, in words. */
export function reasonOf(error: unknown): string {
  return reasons[errorCode(error)] ?? (error instanceof Error ? error.message : String(error));
}
