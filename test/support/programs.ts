/** Says whether programs that tests of packages need are here; with NATMAP_REQUIRE_KERNEL they must be. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Whether to skip: one of the programs is not on the PATH. */
export function isAbsent(...names: readonly string[]): boolean {
  const folders = (process.env.PATH ?? '').split(':');
  const absent = names.find((name) => !folders.some((folder) => existsSync(join(folder, name))));
  if (absent === undefined) return false;
  if (process.env.NATMAP_REQUIRE_KERNEL) throw new Error(`${absent} is not installed`);
  console.warn(`tests skipped: ${absent} is not installed`);
  return true;
}
