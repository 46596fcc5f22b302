/** A host on which one command of natmap is run again and again, each time with another fault. */
import { spawnSync } from 'node:child_process';
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Fault, faultsIn, hasMet, injecting, tracing } from './faults.ts';
import { load, save } from './iptables.ts';
import { type Family, families, type Variant } from './kernel.ts';
import type { Namespace } from './namespace.ts';
import { mustNatmap, natmap, natmapCommand } from './natmap.ts';
import { type Result, run } from './process.ts';

export interface Scenario {
  /** The one that each time goes before it, if any. */
  readonly first?: readonly string[];
  /** The command that meets the faults. */
  readonly command: readonly string[];
  /** One that may find nothing to do, by what came of the command, if any. */
  readonly settle?: readonly string[];
  /** The one that has to bring the host into order afterwards. */
  readonly next: readonly string[];
}

/** Lines of one table, headers and rules without counters, by `ipv4 filter` and the like. */
export type Tables = ReadonlyMap<string, string>;

export interface FaultHost {
  /** All faults that the command can meet once it holds the lock. */
  readonly faults: readonly Fault[];
  readonly before: Tables;
  /** After the command without a fault. */
  readonly after: Tables;
  readonly inOrder: Tables;
  /** Runs the command with the fault on the host as it was before; null where it met no call that counts. */
  meet(fault: Fault): Promise<Result | null>;
  /** Runs the next command. */
  goOn(): Promise<Result>;
  tables(): Promise<Tables>;
}

/** @param ns a namespace in the state before the command */
export async function prepareFaultHost(
  ns: Namespace,
  variant: Variant,
  { first, command, settle, next }: Scenario,
): Promise<FaultHost> {
  const stateFolder = join(ns.directory, 'state');
  const keptFolder = join(ns.directory, 'state-before');
  cpSync(stateFolder, keptFolder, { recursive: true });
  const kept = new Map<Family, string>();
  for (const family of families) kept.set(family, await save(ns, variant, family));
  const reset = async () => {
    for (const [family, text] of kept) await load(ns, variant, family, text);
    rmSync(stateFolder, { recursive: true, force: true });
    cpSync(keptFolder, stateFolder, { recursive: true });
    if (first !== undefined) await mustNatmap(ns, variant, first);
  };
  const goOn = async () => {
    if (settle !== undefined) await natmap(ns, variant, settle);
    const result = await natmap(ns, variant, next);
    await untilAlone(ns);
    return result;
  };
  await reset();
  const before = await readTables(ns, variant);
  const trace = join(ns.directory, 'trace');
  await ns.mustRun(...split(tracing(natmapCommand(variant, command), trace)));
  const after = await readTables(ns, variant);
  await goOn();
  const inOrder = await readTables(ns, variant);
  return {
    faults: faultsIn(trace, join(stateFolder, 'history')),
    before,
    after,
    inOrder,
    meet: async (fault) => {
      await reset();
      const run = ns.run(...split(injecting(fault, natmapCommand(variant, command), trace)));
      const result = await orKilled(ns, run);
      // The guard of a wait stays.
      if (first === undefined) await untilAlone(ns);
      return hasMet(trace) ? result : null;
    },
    goOn,
    tables: () => readTables(ns, variant),
  };
}

function split([program, ...args]: readonly [string, ...string[]]): [string, string[]] {
  return [program, args];
}

/** A command that hangs keeps its pipes open when only strace is killed. */
async function orKilled(ns: Namespace, running: Promise<Result>): Promise<Result> {
  let isKilled = false;
  const timer = setTimeout(() => {
    isKilled = true;
    const { stdout } = spawnSync('ip', ['netns', 'pids', ns.name], { encoding: 'utf8' });
    for (const pid of stdout.split('\n').filter(Boolean)) process.kill(Number(pid), 'SIGKILL');
  }, 55_000);
  const result = await running.finally(() => clearTimeout(timer));
  return isKilled ? { ...result, code: -1, stderr: `it hangs\n${result.stderr}` } : result;
}

/** What natmap has started may outlive it for a moment when it is killed. */
async function untilAlone(ns: Namespace): Promise<void> {
  for (let waited = 0; waited < 500; waited++) {
    const { stdout } = await run('ip', ['netns', 'pids', ns.name]);
    if (stdout.trim() === '') return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`processes of natmap's are still alive in ${ns.name}`);
}

async function readTables(ns: Namespace, variant: Variant): Promise<Tables> {
  const tables = new Map<string, string>();
  for (const family of families) {
    const text = await save(ns, variant, family);
    const plain = text.replaceAll(/^#.*\n/gm, '').replaceAll(/ ?\[\d+:\d+\] ?/g, '');
    for (const block of plain.split('COMMIT\n').filter((each) => each !== '')) {
      const end = block.indexOf('\n');
      tables.set(`${family} ${block.slice(1, end)}`, block.slice(end + 1));
    }
  }
  return tables;
}
