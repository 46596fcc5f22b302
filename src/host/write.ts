import { lstatSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { attempt, FileFault } from './files.ts';

/**
 * Writes a file in a folder, both made when missing, so that a reader sees the old text or the new
 * one and never a part.
 *
 * @returns the path written
 * @throws FileFault
 */
export function writeAtomically(folder: string, name: string, text: string): string {
  const path = join(folder, name);
  const temporary = join(folder, `.${name}.${process.pid}`);
  attempt(folder, () => mkdirSync(folder, { recursive: true }));
  // The new file takes the place of what is there: never that of a device such as /dev/stdout.
  const found = attempt(path, () => lstatSync(path, { throwIfNoEntry: false }));
  if (found?.isFile() === false) throw new FileFault(path, 'this is not a file');
  attempt(path, () => {
    try {
      writeFileSync(temporary, text, { flush: true });
      renameSync(temporary, path);
    } catch (error) {
      rmSync(temporary, { force: true });
      throw error;
    }
  });
  return path;
}
