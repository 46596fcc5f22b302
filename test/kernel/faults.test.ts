/**
 * A system call of natmap's fails, or natmap is killed at it: at each of its calls once it holds the lock.
 * A sample here; all of them by `npm run faults`.
 */
import { expect, test } from 'vitest';
import { type FaultHost, prepareFaultHost, type Scenario } from '../support/fault-scenario.ts';
import { judge, tableStates } from '../support/fault-verdict.ts';
import { describeFault, type Fault, sampleOf } from '../support/faults.ts';
import { inlineRules } from '../support/inputs.ts';
import { kernelReason, variants } from '../support/kernel.ts';
import { createNamespace } from '../support/namespace.ts';
import { mustNatmap } from '../support/natmap.ts';

/** How many of each command and variant; `NATMAP_FAULTS=all` takes them all, a number that many. */
const { NATMAP_FAULTS: asked = '44' } = process.env;
const sampleSize = asked === 'all' ? Number.POSITIVE_INFINITY : Number(asked);

const one = inlineRules(`
dnat:
  - {ext_ip: 203.0.113.43, int_ip: 10.0.0.101, ports: "25,465"}
  - {ext_ip: "2001:db8::43", int_ip: "fd00::101", ports: 25}
snat: [{int_ip: 10.0.0.0/24, ext_if: eth9, ext_ip: 203.0.113.43}]
`);
const two = inlineRules(`
dnat:
  - {ext_ip: 203.0.113.44, int_ip: 10.0.0.102, ports: "80,443"}
  - {ext_ip: "2001:db8::44", int_ip: "fd00::102", ports: 443}
`);

type Prepared = Scenario & { readonly applied: readonly (readonly string[])[] };

const next = ['apply', ...two];

const scenarios: readonly (readonly [string, Prepared])[] = [
  ['apply', { applied: [one], command: ['apply', ...two], next }],
  ['rollback', { applied: [one, two], command: ['rollback'], next }],
  ['flush', { applied: [one], command: ['flush'], next }],
  [
    'confirm',
    {
      applied: [one],
      first: ['apply', '--confirm', '3000', ...two],
      command: ['confirm'],
      settle: ['confirm'],
      next,
    },
  ],
];

const cases = variants.flatMap((variant) =>
  scenarios.map(([name, scenario]) => [name, variant, scenario] as const),
);

test.skipIf(kernelReason()).concurrent.each(cases)(
  'each fault of %s with iptables-%s leaves every table as before or as after, by the exit code, and the next apply converges',
  async (name, variant, scenario) => {
    await using ns = await createNamespace();
    for (const rules of scenario.applied) await mustNatmap(ns, variant, ['apply', ...rules]);
    const host = await prepareFaultHost(ns, variant, scenario);
    const faults = sampleOf(host.faults, sampleSize);
    const codes = new Map<number, number>();
    const wrong: string[] = [];
    for (const fault of faults) {
      const met = await meet(host, fault);
      if (met === null) continue;
      const { code, problem } = met;
      codes.set(code, (codes.get(code) ?? 0) + 1);
      if (problem !== null) wrong.push(problem);
    }
    const ended = [...codes].sort(([a], [b]) => a - b).map(([code, count]) => `${code}: ${count}`);
    console.info(
      `${name}, ${variant}: ${faults.length} faults of ${host.faults.length}; exit codes ${ended.join(', ')}`,
    );
    expect(wrong).toEqual([]);
  },
  // One at a time each takes a second or two.
  4 * 3_600_000,
);

async function meet(
  host: FaultHost,
  fault: Fault,
): Promise<{ readonly code: number; readonly problem: string | null } | null> {
  const result = await host.meet(fault);
  const states = tableStates(await host.tables(), host.before, host.after);
  const next = await host.goOn();
  if (result === null) return null;
  const { code, stderr } = result;
  const found = tableStates(await host.tables(), host.inOrder, host.inOrder);
  const isInOrder = next.code === 0 && [...found.values()].every((each) => each === 'same');
  const problem =
    judge(code, states) ?? (isInOrder ? null : `the next command: exit code ${next.code}`);
  if (problem === null) return { code, problem };
  const tables = [...states].map((each) => each.join(': ')).join(', ');
  const said = `${stderr}${isInOrder ? '' : next.stderr}`.trim().slice(0, 600);
  return { code, problem: `${describeFault(fault)}: ${problem} (exit ${code}; ${tables}) ${said}` };
}
