/** A temporary folder with the files that a test names, removed when the test is over. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { leftBehind, prefix, removal } from './cleanup.ts';

/** The folder and its contents. */
export interface Workspace extends Disposable {
  readonly path: string;
  file(name: string): string;
  write(files: Readonly<Record<string, string>>): void;
  /** Takes all permissions of a file or folder away. */
  close(name: string): void;
}

let swept = false;

/** Makes the folder; the keys of `files` are paths in it. */
export function createWorkspace(files: Readonly<Record<string, string>> = {}): Workspace {
  if (!swept) sweep();
  const path = mkdtempSync(join(tmpdir(), `${prefix}${process.pid}-`));
  const remove = removal(() => rmSync(path, { recursive: true, force: true }));
  // The tests that are not root read it too.
  chmodSync(path, 0o755);
  const workspace: Workspace = {
    path,
    file: (name) => join(path, name),
    write: (more) => {
      for (const [name, content] of Object.entries(more)) writeInside(join(path, name), content);
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

function sweep(): void {
  swept = true;
  for (const name of leftBehind(tmpdir())) {
    rmSync(join(tmpdir(), name), { recursive: true, force: true });
  }
}
