// The benchmarks, as ratios to plain iptables-restore of the same rules in the same run. As root on
// Linux with both variants of iptables and with ferm: npm run build && npm run bench
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { medians, time } from './measure.mjs';
import { inNamespace, programs } from './programs.mjs';
import { printCompiling, printStartUp } from './start-up.mjs';
import { printTable } from './table.mjs';
import { writeWorkload } from './workload.mjs';

const variants = ['nft', 'legacy'];
const sizes = [
  { count: 10, rounds: 9 },
  { count: 100, rounds: 5 },
  { count: 1000, rounds: 3 },
  { count: 10_000, rounds: 3 },
];

/** Beyond so many mappings, one process a rule takes minutes. */
const mostOneByOne = 1000;

const folder = mkdtempSync(join(tmpdir(), 'natmap-bench-'));
try {
  const workloads = sizes.map(({ count }) => writeWorkload(makeFolder(String(count)), count));
  printStartUp();
  printCompiling(workloads.at(-1), makeFolder('rendered'));
  for (const variant of variants) {
    const columns = workloads.map((workload, at) => ({
      count: workload.count,
      ...medians(sizes[at].rounds, () => round(variant, workload)),
    }));
    printTable(variant, columns);
  }
} finally {
  rmSync(folder, { recursive: true });
}

function makeFolder(name) {
  const path = join(folder, name);
  mkdirSync(path);
  return path;
}

/** Milliseconds by what was measured, each on a host without rules. */
function round(variant, workload) {
  const host = (work) => inNamespace(folder, (run) => work(programs(run, variant)));
  const restored = host((tools) => ({
    milliseconds: time(() => tools.restore(workload.payload)),
    rules: tools.countRules(),
  }));
  const peer = (load) =>
    host((tools) => {
      const milliseconds = time(() => load(tools));
      const made = tools.countRules();
      if (made !== restored.rules) throw new Error(`${made} rules instead of ${restored.rules}`);
      return milliseconds;
    });
  return {
    restore: restored.milliseconds,
    ...host(({ apply, flush }) => ({
      first: time(() => apply(workload.rules)),
      unchanged: time(() => apply(workload.rules)),
      one: time(() => apply(workload.changed)),
      flush: time(() => flush()),
    })),
    ferm: peer((tools) => tools.ferm(workload.ferm)),
    ...(workload.count <= mostOneByOne && {
      oneByOne: peer((tools) => tools.shell(workload.script(variant))),
    }),
  };
}
