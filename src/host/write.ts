import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { attempt } from './files.ts';

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
