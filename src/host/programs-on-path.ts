// Programs kept by where they are now: a PATH or an alternative that is changed later changes nothing.
import { accessSync, constants, realpathSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Run } from './program.ts';

/** Runs each program from where it was at its first run, under the name by which it was asked for. */
export function keepingPrograms(run: Run, path: string): Run {
  const files = new Map<string, string>();
  return async (call) => {
    const { program } = call;
    const file = files.get(program) ?? findProgram(program, path);
    if (file === null) return run(call);
    files.set(program, file);
    // The programs of iptables are one file that goes by the name it is called by.
    const outcome = await run({ ...call, program: file, name: program });
    if (outcome.failure !== 'not-found') return outcome;
    files.delete(program);
    return run(call);
  };
}

function findProgram(name: string, path: string): string | null {
  if (name.includes('/')) return null;
  const places = path.split(delimiter).filter(Boolean);
  const found = places.map((place) => join(place, name)).find(isExecutable);
  return found === undefined ? null : realpathSync(found);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
