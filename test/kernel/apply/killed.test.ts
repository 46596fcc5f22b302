/**
 * kill -9 at random moments of an apply: natmap, its iptables child, or both. Afterwards every table
 * of every family is as it was before or as it was to be, and a plain apply reaches what is wanted.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { type Running, startNatmap } from '../../support/background.ts';
import { loadDockerRuleset } from '../../support/docker-ruleset.ts';
import { everyKind, inlineRules, otherRules } from '../../support/inputs.ts';
import { savedBoth } from '../../support/iptables.ts';
import { families, kernelReason, type Variant, variants } from '../../support/kernel.ts';
import { createNamespace, type Namespace } from '../../support/namespace.ts';
import { mustNatmap } from '../../support/natmap.ts';
import { generator } from '../../support/random.ts';

/** Kills a variant; the issue asks for at least 300 in all. */
const kills = 160;

const ruleSets = [
  everyKind,
  otherRules,
  'dnat: [{ext_ip: 203.0.113.43, int_ip: 10.0.0.101, ports: [25, 465], local: true}]',
  'docker: [{target_ip: 10.0.0.9, name: printer, ports: ["9100"]}]',
  'snat: [{int_ip: 2001:db8:10::/64, ext_if: vmbr0}, {int_ip: 10.0.0.0/24, ext_if: vmbr0}]',
].map(inlineRules);

/** The rules of each table of each family, as one text a table: `ipv4 nat`. */
type Tables = ReadonlyMap<string, string>;

const victims = ['natmap', 'iptables', 'both'] as const;
type Victim = (typeof victims)[number];

test.skipIf(kernelReason()).concurrent.each(variants)(
  'iptables-%s',
  async (variant) => {
    await using ns = await dockerHost(variant);
    const states = await statesOf(ns, variant);
    const random = generator(variant === 'nft' ? 1 : 2);
    const span = await applySpan(ns, variant);
    const hits = { applied: 0, back: 0, mixed: 0 };
    let current = 0;
    for (let kill = 0; kill < kills; kill++) {
      const next = (current + 1 + random(ruleSets.length - 1)) % ruleSets.length;
      const victim = victims[random(victims.length)] ?? 'both';
      const [before, after] = [states[current], states[next]];
      if (before === undefined || after === undefined) throw new Error('no such rule set');
      const delay = span * (0.3 + random(1000) / 1200);
      const code = await killedApply(ns, variant, ruleSets[next] ?? [], victim, delay);
      const found = tablesOf(await savedBoth(ns, variant));
      const context = `kill ${kill}: ${victim} after ${Math.round(delay)} ms, exit ${code}`;
      for (const [name, text] of found) {
        expect([before.get(name), after.get(name)], `${context}: ${name}`).toContain(text);
      }
      // Anyone who lived to say how it ended has to be right.
      if (code === 0) expect(found, context).toEqual(after);
      if (code === 4) expect(found, context).toEqual(before);
      hits[isSame(found, after) ? 'applied' : isSame(found, before) ? 'back' : 'mixed']++;
      await mustNatmap(ns, variant, ['apply', ...(ruleSets[next] ?? [])]);
      expect(tablesOf(await savedBoth(ns, variant)), context).toEqual(after);
      current = next;
    }
    // If no kill had come in between, the test would have shown nothing.
    expect(hits.applied).toBeGreaterThan(0);
    expect(hits.back).toBeGreaterThan(0);
  },
  1_200_000,
);

async function dockerHost(variant: Variant): Promise<Namespace> {
  const ns = await createNamespace();
  await loadDockerRuleset(ns, variant);
  return ns;
}

/** What each rule set leads to; the first one holds in the end. */
async function statesOf(ns: Namespace, variant: Variant): Promise<readonly Tables[]> {
  const states: Tables[] = [];
  for (const rules of ruleSets) {
    await mustNatmap(ns, variant, ['apply', ...rules]);
    states.push(tablesOf(await savedBoth(ns, variant)));
  }
  await mustNatmap(ns, variant, ['apply', ...(ruleSets[0] ?? [])]);
  return states;
}

/** Milliseconds that an apply takes here and now. */
async function applySpan(ns: Namespace, variant: Variant): Promise<number> {
  const from = performance.now();
  await mustNatmap(ns, variant, ['apply', ...(ruleSets[1] ?? [])]);
  const span = performance.now() - from;
  await mustNatmap(ns, variant, ['apply', ...(ruleSets[0] ?? [])]);
  return span;
}

/** @returns the exit code; above 128 when natmap itself was killed */
async function killedApply(
  ns: Namespace,
  variant: Variant,
  rules: readonly string[],
  victim: Victim,
  delay: number,
): Promise<number> {
  const running = startNatmap(ns, variant, ['apply', ...rules]);
  await Promise.race([sleep(delay), running.ended]);
  if (victim !== 'natmap') await killPrograms(ns);
  if (victim !== 'iptables') kill(running);
  const { code } = await running.ended;
  // What natmap had started goes on without it.
  while ((await programsIn(ns)).length > 0) await sleep(10);
  return code;
}

function kill({ signal }: Running): void {
  try {
    signal('SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

async function killPrograms(ns: Namespace): Promise<void> {
  for (const pid of await programsIn(ns)) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  }
}

/** The processes of iptables in the namespace. */
async function programsIn(ns: Namespace): Promise<readonly number[]> {
  const { stdout } = await ns.run('ip', ['netns', 'pids', ns.name]);
  return stdout.split('\n').filter(Boolean).map(Number).filter(isIptables);
}

function isIptables(pid: number): boolean {
  try {
    return /^(xtables|ip6?tables)/.test(readFileSync(`/proc/${pid}/comm`, 'utf8'));
  } catch {
    return false;
  }
}

/** The text of each table, by family and name. */
function tablesOf(saved: Readonly<Record<string, readonly string[]>>): Tables {
  const tables = new Map<string, string>();
  for (const family of families) {
    const text = (saved[family] ?? []).join('\n');
    for (const [table, name] of text.matchAll(/^\*(\w+)\n[^*]*?^COMMIT$/gm)) {
      tables.set(`${family} ${name}`, table);
    }
  }
  return tables;
}

function isSame(a: Tables, b: Tables): boolean {
  return [...a].every(([name, text]) => b.get(name) === text);
}
