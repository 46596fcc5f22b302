import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { attempt, FileFault } from './files.ts';
import { makeFolder } from './make-folder.ts';
import { writeDurably } from './state-folder.ts';

/** As files are made that nobody says more about: the umask takes what the user will not give. */
const everyone = 0o666;

/**
 * Writes a file in a folder, both made when missing, so that a reader sees the old text or the new
 * one and never a part.
 *
 * @returns the path written
 * @throws FileFault
 */
export function writeAtomically(folder: string, name: string, text: string): string {
  const path = join(folder, name);
  makeFolder(folder);
  // The new file takes the place of what is there: never that of a device such as /dev/stdout.
  const found = attempt(path, () => lstatSync(path, { throwIfNoEntry: false }));
  if (found?.isSymbolicLink()) {
    throw new FileFault(path, 'this is a symbolic link', 'name the file that it leads to');
  }
  if (found?.isFile() === false) throw new FileFault(path, 'this is not a file');
  writeDurably(path, text, everyone);
  return path;
}
