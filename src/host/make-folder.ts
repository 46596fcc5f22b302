import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { attempt, attemptToMake } from './files.ts';

/**
 * Makes a folder, and those above it, where they are missing.
 *
 * Node's own `recursive` never ends where a file system says ENOENT in a folder that is there, as
 * /proc does: it goes on making that folder (MKDirpSync in Node's src/node_file.cc).
 *
 * @param mode of the folders made, less the umask
 * @throws FileFault
 */
export function makeFolder(path: string, mode = 0o777): void {
  if (isFolder(path)) return;
  if (dirname(path) !== path) makeFolder(dirname(path), mode);
  attemptToMake('folder', path, () => {
    try {
      mkdirSync(path, { mode });
    } catch (error) {
      // Somebody else may have made it just now.
      if (!isFolder(path)) throw error;
    }
  });
}

function isFolder(path: string): boolean {
  const found = attempt(path, () => statSync(path, { throwIfNoEntry: false }));
  return found?.isDirectory() === true;
}
