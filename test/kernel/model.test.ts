/**
 * The plan against the kernel: on whatever rules a host has, iptables-restore makes of the payload,
 * line for line, the state that the plan promises, for apply, going back and flush alike.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { comparableLines } from '../../src/iptables/print.ts';
import type { Ruleset } from '../../src/iptables/ruleset.ts';
import { applyGoal, flushGoal, type Goal } from '../../src/plan/goal.ts';
import { ownedLines } from '../../src/plan/owned-part.ts';
import { makePlan } from '../../src/plan/plan.ts';
import { madeBy, restoreGoal } from '../../src/plan/restore-goal.ts';
import { load, saved } from '../support/iptables.ts';
import { kernelReason, variantsAndFamilies } from '../support/kernel.ts';
import { carryOut, live } from '../support/live-rules.ts';
import { createNamespace, type Namespace } from '../support/namespace.ts';
import { liveText, wantedRules, workOfOthers } from '../support/random-rulesets.ts';
import { mustRestore } from '../support/restore.ts';

describe.skipIf(kernelReason()).each(variantsAndFamilies)('iptables-$variant, $family', (at) => {
  const { variant, family } = at;
  const wanted = wantedRules(family);

  /** Plans, loads and compares. */
  async function reach(ns: Namespace, goal: Goal): Promise<Ruleset> {
    const plan = makePlan(await live(ns, variant, family), goal, variant);
    expect(await carryOut(ns, variant, plan)).toEqual({ code: 0, line: null });
    expect(await saved(ns, variant, family)).toEqual(comparableLines(plan.after));
    return live(ns, variant, family);
  }

  /** As {@link reach}; a second plan finds nothing left to do. */
  async function settle(ns: Namespace, goal: Goal): Promise<Ruleset> {
    const after = await reach(ns, goal);
    expect(makePlan(after, goal, variant).edits).toEqual([]);
    return after;
  }

  const host = async (text: string) => {
    const ns = await createNamespace();
    if (text !== '') await load(ns, variant, family, text);
    return ns;
  };

  test('an apply and a flush make what they promise', async () => {
    await fc.assert(
      fc.asyncProperty(liveText, wanted, async (text, first) => {
        await using ns = await host(text);
        const before = await saved(ns, variant, family);
        await settle(ns, applyGoal(first));
        const applied = await saved(ns, variant, family);
        await settle(ns, flushGoal);
        const flushed = await saved(ns, variant, family);

        expect(jumpsIn(applied)).toEqual(jumps);
        expect(applied.filter(isDaemons)).toEqual([]);
        expect(rulesOfOthers(applied, before)).toEqual(rulesOfOthers(before, before));
        expect(rulesOfOthers(flushed, before)).toEqual(rulesOfOthers(before, before));
        expect(flushed.filter(isOurs)).toEqual([]);
      }),
      { numRuns: 14 },
    );
  });

  test('going back after an apply gives what was before', async () => {
    await fc.assert(
      fc.asyncProperty(liveText, wanted, async (text, first) => {
        await using ns = await host(text);
        const before = await live(ns, variant, family);
        await settle(ns, applyGoal(first));
        const made = madeBy({
          before,
          after: await live(ns, variant, family),
          edits: [],
          moves: [],
        });
        const after = await reach(ns, restoreGoal(before, made));
        expect(comparableLines(withTablesOf(before, after))).toEqual(comparableLines(before));
        expect(ownedLines(after)).toEqual(ownedLines(before));
      }),
      { numRuns: 14 },
    );
  });

  test('so they do when others have worked on the rules meanwhile', async () => {
    await fc.assert(
      fc.asyncProperty(
        liveText,
        wanted,
        wanted,
        workOfOthers,
        async (text, first, second, work) => {
          await using ns = await host(text);
          const before = await live(ns, variant, family);
          await settle(ns, applyGoal(first));
          await mustRestore(ns, variant, family, work);
          await settle(ns, applyGoal(second));
          const after = await reach(ns, restoreGoal(before));
          expect(ownedLines(after)).toEqual(ownedLines(before));
          await settle(ns, flushGoal);
        },
      ),
      { numRuns: 14 },
    );
  });
});

/** Tables, once made, stay: those that were not there before are left out. */
function withTablesOf(before: Ruleset, after: Ruleset): Ruleset {
  const names = before.tables.map(({ name }) => name);
  return { ...after, tables: after.tables.filter(({ name }) => names.includes(name)) };
}

const jumps = [
  '-A DOCKER-USER -j NATMAP',
  '-A OUTPUT -j NATMAP-OUTPUT',
  '-A POSTROUTING -j NATMAP-POSTROUTING',
  '-A PREROUTING -j NATMAP',
];

// What is ours is reported here by the text alone, and not by what natmap takes for its own.
const isJump = (line: string) => /^-A (?!NATMAP).* -[jg] NATMAP\S*$/.test(line);
const isDaemons = (line: string) => /^-A (?!NATMAP).*--comment "natmap:/.test(line);
const isOurs = (line: string) => /^(:|-A )NATMAP/.test(line) || isJump(line) || isDaemons(line);

function jumpsIn(lines: readonly string[]): string[] {
  return lines.filter(isJump).sort();
}

/** Rules that are not ours, without the jump to DOCKER-USER where natmap made it. */
function rulesOfOthers(lines: readonly string[], before: readonly string[]): string[] {
  const made = '-A FORWARD -j DOCKER-USER';
  const others = lines.filter((line) => line.startsWith('-A ') && !isOurs(line));
  return before.includes(made) ? others : others.filter((line) => line !== made);
}
