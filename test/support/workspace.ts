/** A temporary folder with the files that a test names, removed when the test is over. */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { leftBehind, prefix, removal } from './cleanup.ts';
import { which } from './process.ts';

/** The folder and its contents. */
export interface Workspace extends Disposable {
  readonly path: string;
  file(name: string): string;
  write(files: Readonly<Record<string, string>>): void;
  /** Makes a folder in it. */
  folder(name: string): string;
  /** Makes a symbolic link to a program that is on the PATH. */
  link(name: string, program: string): void;
  /** Takes all permissions of a file or folder away. */
  close(name: string): void;
}

/** A daemon that was just killed may still be writing. */
const removing = { recursive: true, force: true, maxRetries: 20, retryDelay: 50 };

let swept = false;

/** Makes the folder; the keys of `files` are paths in it. */
export function createWorkspace(files: Readonly<Record<string, string>> = {}): Workspace {
  if (!swept) sweep();
  const path = mkdtempSync(join(tmpdir(), `${prefix}${process.pid}-`));
  const remove = removal(() => removeFolder(path));
  // The tests that are not root read it too.
  chmodSync(path, 0o755);
  const workspace: Workspace = {
    path,
    file: (name) => join(path, name),
    write: (more) => {
      for (const [name, content] of Object.entries(more)) writeInside(join(path, name), content);
    },
    folder: (name) => {
      mkdirSync(join(path, name), { recursive: true });
      return join(path, name);
    },
    link: (name, program) => {
      mkdirSync(dirname(join(path, name)), { recursive: true });
      rmSync(join(path, name), { force: true });
      symlinkSync(which(program), join(path, name));
    },
    close: (name) => chmodSync(join(path, name), 0),
    [Symbol.dispose]: remove,
  };
  workspace.write(files);
  return workspace;
}

function writeInside(path: string, content: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}

/** With what a test that failed has left mounted in it: the last one first, as they may be nested. */
function removeFolder(path: string): void {
  const mounted = readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '')
    .filter((place) => place.startsWith(`${path}/`));
  for (const place of mounted.reverse()) spawnSync('umount', ['--lazy', place]);
  rmSync(path, removing);
}

function sweep(): void {
  swept = true;
  for (const name of leftBehind(tmpdir())) {
    removeFolder(join(tmpdir(), name));
  }
}
