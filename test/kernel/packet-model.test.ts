/**
 * The kernel judges the packet model: random rulesets, packets sent through namespaces, and wherever
 * the model is certain, what it says is what happens.
 *
 * A sample in every run; NATMAP_RULESETS=1000 npx vitest run --project kernel
 * test/kernel/packet-model.test.ts tries more, NATMAP_SEED=random others.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseSave } from '../../src/iptables/parse.ts';
import { createNetfilter, type Netfilter } from '../../src/netfilter/netfilter.ts';
import { load } from '../support/iptables.ts';
import { kernelReason, variantsAndFamilies } from '../support/kernel.ts';
import {
  contradiction,
  describeTrace,
  type Expected,
  expect as foretell,
  isAllThere,
  nobody,
} from '../support/packet-judge.ts';
import { type Attempt, createPacketLab, type PacketLab } from '../support/packet-lab.ts';
import { type Preflight, randomFirewall, randomTrials } from '../support/random-firewall.ts';

/** In all, over the variants and families. */
const rulesets = Number(process.env.NATMAP_RULESETS ?? 40);
const each = Math.ceil(rulesets / variantsAndFamilies.length);
const attemptsPerRuleset = 25;

interface Tally {
  attempts: number;
  certain: number;
  /** Of those: the others certainly reach nobody. */
  arriving: number;
}

describe.skipIf(kernelReason()).each(variantsAndFamilies)('iptables-$variant, $family', (at) => {
  const { variant, family } = at;

  test.each([
    { name: 'without unknown matches', withUnknown: false, share: 0.5, least: 0.9 },
    { name: 'with unknown matches', withUnknown: true, share: 0.5, least: 0.5 },
  ])(
    'what the model is certain of is what the kernel does, $name',
    async ({ withUnknown, share, least }) => {
      await using lab = await createPacketLab(family);
      const tally: Tally = { attempts: 0, certain: 0, arriving: 0 };
      const count = Math.max(1, Math.round(each * share));
      const seed = (fc.readConfigureGlobal().seed ?? 0) + (variant === 'nft' ? 0 : 1);
      const cases = fc.sample(
        fc.tuple(randomFirewall(family, withUnknown), randomTrials(family, attemptsPerRuleset)),
        { numRuns: count, seed },
      );
      const failures: string[] = [];
      for (const [text, trials] of cases) {
        await load(lab.host, variant, family, text);
        failures.push(...(await judge(lab, text, trials, tally)));
        if (failures.length > 0) break;
      }
      expect(failures).toEqual([]);
      const { attempts, certain, arriving } = tally;
      console.info(
        `${variant}, ${family}, ${withUnknown ? 'with' : 'without'} unknown matches: ` +
          `${cases.length} rulesets, ${attempts} flows, certain of ${percent(certain / attempts)}, ` +
          `of which ${percent(arriving / certain)} arrive`,
      );
      expect(certain / attempts).toBeGreaterThan(least);
      expect(arriving / certain).toBeGreaterThan(0.1);
    },
    60_000 + each * 20_000,
  );

  async function judge(
    lab: PacketLab,
    text: string,
    trials: readonly Preflight[],
    tally: Tally,
  ): Promise<string[]> {
    const parsed = parseSave(text, family);
    if (!parsed.ok) throw new Error(`line ${parsed.line}: ${parsed.problem}`);
    const netfilter = createNetfilter(parsed.ruleset, lab.view);
    const first = await attemptAll(lab, netfilter, trials.map(numbered), 1_000);
    tally.attempts += first.length;
    const arrivals = first.flatMap(({ expected }) => expected.arrival ?? []);
    tally.certain += first.filter(({ expected }) => expected.isCertain).length;
    tally.arriving += arrivals.filter((arrival) => arrival !== nobody).length;
    // A packet may be late on a loaded machine: what seems wrong is tried again, with time.
    const wrong = first.filter(({ problem }) => problem !== null);
    const again = await attemptAll(
      lab,
      netfilter,
      wrong.map(({ attempt }) => numbered(attempt)),
      4_000,
    );
    return again
      .filter(({ problem }) => problem !== null)
      .map(({ attempt, problem }) => {
        const { from, protocol, source, sourcePort, destination, destinationPort } = attempt;
        const flow = `${from} ${protocol} ${source} ${sourcePort} → ${destination} ${destinationPort}`;
        return `${flow}\n${problem}\n${describeTrace(netfilter, attempt)}\n${text}`;
      });
  }

  async function attemptAll(
    lab: PacketLab,
    netfilter: Netfilter,
    attempts: readonly Attempt[],
    patience: number,
  ): Promise<{ attempt: Attempt; expected: Expected; problem: string | null }[]> {
    if (attempts.length === 0) return [];
    const expectations = new Map(
      attempts.map((attempt) => [attempt.id, foretell(netfilter, attempt, family)]),
    );
    const seen = await lab.try(
      attempts,
      (soFar) => [...expectations].every(([id, expected]) => isAllThere(expected, soFar.get(id))),
      patience,
    );
    return attempts.flatMap((attempt) => {
      const [expected, was] = [expectations.get(attempt.id), seen.get(attempt.id)];
      if (expected === undefined || was === undefined) return [];
      return [{ attempt, expected, problem: contradiction(expected, was) }];
    });
  }
});

let made = 0;

/** No two connections within a minute have the same source port. */
function numbered(trial: Preflight): Attempt {
  made += 1;
  return { ...trial, id: made, sourcePort: 20_000 + (made % 40_000) };
}

function percent(part: number): string {
  return `${(part * 100).toFixed(1)} %`;
}
