// What the kernel lets this process have: getrlimit(2), which Node does not offer.
import { readFileSync } from 'node:fs';

/** How many files the process may have open, or null where the kernel does not say it: proc(5). */
export function openFilesLimit(): number | null {
  const limits = readLimits();
  const soft = /^Max open files +(\d+)/m.exec(limits ?? '')?.[1];
  return soft === undefined ? null : Number(soft);
}

function readLimits(): string | null {
  try {
    return readFileSync('/proc/self/limits', 'utf8');
  } catch {
    return null;
  }
}
