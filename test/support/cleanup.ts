/**
 * Removes what the tests make, also when the test process is reported to end before they could. The
 * names of namespaces and folders carry the id of that process: what a killed one left is found by it.
 */
import { existsSync, readdirSync } from 'node:fs';

/** What all names begin with. */
export const prefix = `natmap-test-`;

const pending = new Set<() => void>();
let armed = false;

/** Gives a function that removes once; it is called when the process ends, if nobody did before. */
export function removal(remove: () => void): () => void {
  arm();
  const once = () => {
    if (pending.delete(once)) remove();
  };
  pending.add(once);
  return once;
}

/** The names in a folder that were made by test processes which are gone. */
export function leftBehind(folder: string): string[] {
  const names = existsSync(folder) ? readdirSync(folder) : [];
  return names.filter((name) => {
    const owner = name.startsWith(prefix) ? /^\d+/.exec(name.slice(prefix.length))?.[0] : undefined;
    return owner !== undefined && !existsSync(`/proc/${owner}`);
  });
}

function arm(): void {
  if (armed) return;
  armed = true;
  process.once('exit', removeAll);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      removeAll();
      process.kill(process.pid, signal);
    });
  }
}

function removeAll(): void {
  for (const remove of [...pending]) remove();
}
