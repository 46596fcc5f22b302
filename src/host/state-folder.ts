// The folder where natmap keeps what it did. What stands in it is loaded into the kernel by a
// rollback, so nobody else may write to it; and what is said to be in it is on the disk.
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { bytesOf } from '../iptables/bytes.ts';
import { attempt, attemptToMake, FileFault } from './files.ts';
import { makeFolder } from './make-folder.ts';

/**
 * Makes the folder when missing, for its owner only.
 *
 * @throws FileFault when it cannot be made, or when others can write to it
 */
export function openStateFolder(path: string): void {
  makeFolder(path, 0o700);
  const { mode, uid } = attempt(path, () => statSync(path));
  if ((mode & 0o022) !== 0) throw new FileFault(path, `others can write to it: chmod 700 ${path}`);
  if (uid !== 0 && uid !== process.geteuid?.()) {
    throw new FileFault(path, `it belongs to user ${uid}, who could change what rollback loads`);
  }
}

/**
 * Makes a folder with these files appear at `path`, all of them or none; a folder that was there is
 * replaced.
 *
 * @throws FileFault
 */
export function writeFolder(path: string, files: Readonly<Record<string, string>>): void {
  const temporary = temporaryFor(path);
  attempt(path, () => {
    makeFolder(dirname(path), 0o700);
    mkdirSync(temporary, { mode: 0o700 });
    try {
      for (const [name, text] of Object.entries(files)) {
        writeFileSync(join(temporary, name), bytesOf(text), { flush: true, mode: 0o600 });
      }
      syncFolder(temporary);
      rmSync(path, { recursive: true, force: true });
      renameDurably(temporary, path);
    } catch (error) {
      rmSync(temporary, { recursive: true, force: true });
      throw error;
    }
  });
}

/**
 * Writes a file so that a reader, and the disk after a crash, has the old text or the new one.
 *
 * @param mode of the file, less the umask; by default for its owner only
 * @throws FileFault
 */
export function writeDurably(path: string, text: string, mode = 0o600): void {
  const temporary = temporaryFor(path);
  attemptToMake('file', path, () => {
    // Exclusive: a link that somebody laid there is not followed (open(2), O_EXCL).
    const descriptor = openSync(temporary, 'wx', mode);
    try {
      try {
        writeFileSync(descriptor, bytesOf(text), { flush: true });
      } finally {
        closeSync(descriptor);
      }
      renameDurably(temporary, path);
    } catch (error) {
      rmSync(temporary, { force: true });
      throw error;
    }
  });
}

/**
 * {@link writeDurably} for a file whose old text does as well after a crash: one fsync(2) in place of two.
 *
 * @throws FileFault
 */
export function writeContentDurably(path: string, text: string): void {
  const temporary = temporaryFor(path);
  attemptToMake('file', path, () => {
    try {
      writeFileSync(temporary, bytesOf(text), { flush: true, mode: 0o600 });
      renameSync(temporary, path);
    } catch (error) {
      rmSync(temporary, { force: true });
      throw error;
    }
  });
}

/**
 * Writes a file so that a reader has the old text or the new one; after a crash of the machine it may have
 * neither.
 *
 * @throws FileFault
 */
export function writeAtOnce(path: string, text: string): void {
  const temporary = temporaryFor(path);
  attemptToMake('file', path, () => {
    try {
      writeFileSync(temporary, bytesOf(text), { mode: 0o600 });
      renameSync(temporary, path);
    } catch (error) {
      rmSync(temporary, { force: true });
      throw error;
    }
  });
}

/**
 * Writes these files of a folder as {@link writeDurably} does each.
 *
 * @throws FileFault
 */
export function writeAllDurably(folder: string, files: Readonly<Record<string, string>>): void {
  const entries = Object.entries(files);
  for (const [name, text] of entries) writeContentDurably(join(folder, name), text);
  if (entries.length > 0) attempt(folder, () => syncFolder(folder));
}

/**
 * Removes a file or a folder; after a crash of the machine it may be there again.
 *
 * @throws FileFault
 */
export function removeAtOnce(path: string): void {
  attempt(path, () => rmSync(path, { recursive: true, force: true }));
}

/** Whether a file or folder of this name is still being written, or its writer was killed at it. */
export function isTemporary(name: string): boolean {
  return /^\..+\.(?:\d+|[0-9a-f]{16})\.tmp$/.test(name);
}

/** Removes what writers that were killed have left, where it can. To be called when nobody writes there. */
export function removeTemporaries(folder: string): void {
  try {
    for (const name of readdirSync(folder).filter(isTemporary)) {
      rmSync(join(folder, name), { recursive: true, force: true });
    }
  } catch {
    // It takes some room, and no more.
  }
}

/** Anyone who may write to the folder must not know the name in advance. */
function temporaryFor(path: string): string {
  return join(dirname(path), `.${basename(path)}.${randomBytes(8).toString('hex')}.tmp`);
}

/** @throws FileFault */
export function renameDurably(from: string, to: string): void {
  attempt(to, () => {
    renameSync(from, to);
    syncFolder(dirname(to));
  });
}

/** @throws FileFault */
export function removeDurably(path: string): void {
  attempt(path, () => {
    rmSync(path, { recursive: true, force: true });
    syncFolder(dirname(path));
  });
}

/** A rename is only on the disk when its folder is (fsync(2)). */
function syncFolder(path: string): void {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
