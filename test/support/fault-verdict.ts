/** What has to hold after one fault: each table is as before or as after, and the exit code says which. */
import type { Tables } from './fault-scenario.ts';

export type TableState = 'same' | 'before' | 'after' | 'neither';

export function tableStates(
  found: Tables,
  before: Tables,
  after: Tables,
): ReadonlyMap<string, TableState> {
  const names = new Set([...before.keys(), ...after.keys(), ...found.keys()]);
  return new Map(
    [...names].map((name) => [name, stateOf(found.get(name), before.get(name), after.get(name))]),
  );
}

function stateOf(
  found: string | undefined,
  before: string | undefined,
  after: string | undefined,
): TableState {
  if (found === before) return before === after ? 'same' : 'before';
  return found === after ? 'after' : 'neither';
}

/** 128 and the number of SIGKILL. */
const killed = 137;

/** Exit codes after which nothing may have changed (contract, section 7). */
const unchanged: ReadonlySet<number> = new Set([2, 3, 4]);

/** What is wrong, or null. One fault alone is no reason for exit code 5: going back is tried again. */
export function judge(code: number, states: ReadonlyMap<string, TableState>): string | null {
  const found = new Set(states.values());
  if (found.has('neither')) return 'a table is neither as before nor as after';
  if (code === killed) return null;
  if (found.has('before') && found.has('after'))
    return 'some tables are as before, others as after';
  if (code === 0) return found.has('before') ? 'exit code 0, and the rules are as before' : null;
  if (code === 70) return null;
  if (!unchanged.has(code)) return `exit code ${code}`;
  return found.has('after') ? `exit code ${code}, and the rules are as after` : null;
}
