/** Control groups that engines make and nobody removes. */
import { readdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { leftBehind } from './cleanup.ts';

const root = '/sys/fs/cgroup';

/** Removes the group `name` of every hierarchy, once its processes are gone. */
export function removeCgroup(name: string): void {
  for (const hierarchy of hierarchies()) removeTree(join(hierarchy, name));
}

/** Removes the groups of test processes that are gone. */
export function sweepCgroups(): void {
  for (const hierarchy of hierarchies()) {
    for (const name of leftBehind(hierarchy)) removeTree(join(hierarchy, name));
  }
}

/** The unified hierarchy of cgroup v2 is the root itself, those of v1 are folders in it. */
function hierarchies(): string[] {
  return [root, ...folders(root)];
}

function removeTree(path: string): void {
  for (const inner of folders(path)) removeTree(inner);
  // Killed processes stay in their group for a moment.
  for (let attempt = 0; attempt < 100 && !removed(path); attempt++) sleep(20);
}

function removed(path: string): boolean {
  try {
    rmdirSync(path);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'EBUSY';
  }
}

function folders(path: string): string[] {
  try {
    const entries = readdirSync(path, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(path, name));
  } catch {
    return [];
  }
}

/** Synchronous, because it must also work while the process is going down. */
function sleep(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}
